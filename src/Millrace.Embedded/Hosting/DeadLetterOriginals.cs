using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Millrace.Connectors;
using Millrace.Kafka;
using Millrace.UserFunctions;

namespace Millrace.Embedded.Hosting;

/// <summary>Puts the originals in the place of shortened letters, as long as their topics have them. Thread-safe.</summary>
internal sealed class DeadLetterOriginals : IAsyncDisposable
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);

    private readonly IRawTopicReader _reader;
    private readonly ConcurrentQueue<string> _lost = new();
    private readonly CancellationToken _cancellation;

    /// <param name="properties">How to reach the cluster.</param>
    /// <param name="loggers">Where the client logs.</param>
    /// <param name="cancellationToken">Ends every wait.</param>
    public DeadLetterOriginals(
        IEnumerable<KeyValuePair<string, string>> properties,
        ILoggerFactory loggers,
        CancellationToken cancellationToken
    )
    {
        _cancellation = cancellationToken;

        // What is gone is found out here, letter by letter: it is no error of the run.
        _reader = KafkaSource
            .Builder<byte[]>()
            .SetProperties(properties)
            .SetProperty("auto.offset.reset", "earliest")
            .SetDeserializer(RawBytesSchema.Instance)
            .SetRequestTimeout(RequestTimeout)
            .Build()
            .CreateTopicReader(new ConnectorContext("millrace-dlq", "originals", 0, 1, TimeProvider.System, loggers, cancellationToken));
    }

    /// <summary>One line for each letter whose original is gone.</summary>
    public IReadOnlyCollection<string> Lost => _lost;

    /// <summary>Passes whole letters on, and shortened ones with what the original has.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="output">Where to.</param>
    public void Complete(DeadLetter letter, Collector<DeadLetter> output)
    {
        if (letter.OriginalSize is null)
        {
            output.Collect(letter);
            return;
        }

        if (Find(letter, out string reason) is not { } original)
        {
            _lost.Enqueue(
                $"{letter.Origin} cannot be sent back: its letter is shortened, and {reason}. Take the record from where it was produced."
            );
            return;
        }

        output.Collect(
            letter with
            {
                Timestamp = original.Timestamp,
                Key = original.Key?.ToArray(),
                Value = original.Value?.ToArray(),
                Headers =
                [
                    .. original.Headers.Where(header => !DeadLetterSchema.IsOwn(header.Key)),
                    .. letter.Headers.Where(header => DeadLetterSchema.IsOwn(header.Key)),
                ],
                OriginalSize = null,
            }
        );
    }

    public ValueTask DisposeAsync() => _reader.DisposeAsync();

    private RawRecord? Find(DeadLetter letter, out string reason)
    {
        if (letter.Offset < 0)
        {
            reason = "the original was too large for the topic";
            return null;
        }

        try
        {
            RawRecordRange range = _reader
                .ReadAsync(letter.Topic, letter.Partition, letter.Offset, letter.Offset, 1, _cancellation)
                .GetAwaiter()
                .GetResult();
            if (range.Records is not [var found] || found.Offset != letter.Offset)
            {
                reason = "the topic no longer has the original";
                return null;
            }

            // The topic may have been made anew, or the letter come from another cluster.
            reason = "the topic now has another record in its place";
            return
                (found.Value?.Length ?? -1) == letter.OriginalSize
                && found.Timestamp == letter.Timestamp
                && Begins(found.Value, letter.Value)
                ? found
                : null;
        }
        catch (KafkaClientException e)
            when (!e.IsRetriable && e.CodeName is "UNKNOWN_TOPIC_OR_PART" or "_UNKNOWN_TOPIC" or "_UNKNOWN_PARTITION")
        {
            reason = "the topic or partition is gone";
            return null;
        }
    }

    private static bool Begins(ReadOnlyMemory<byte>? original, byte[]? letter) => (original ?? default).Span.StartsWith(letter ?? []);
}
