using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Millrace.Embedded.Cli;
using Millrace.Kafka;

namespace Millrace.Embedded.Hosting;

/// <summary>
/// Sends the lines of a file to a topic, byte for byte, each as a record. Of a line that is too long for it, the beginning goes to the
/// dead-letter topic.
/// </summary>
internal sealed class LineFeeder
{
    private const int BufferSize = 1 << 20;
    private const int KeptBytes = 16 << 10;
    private const int DefaultMaxMessageBytes = 1_000_000;

    // Overhead of a record, and what a dead letter of it has to say beside it.
    private const int Headroom = 4 << 10;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly IProducer<Null, byte[]> _producer;
    private readonly string _topic;
    private readonly string _deadLetters;
    private readonly int _longest;
    private readonly CancellationToken _cancellation;
    private byte[] _buffer;
    private int _held;
    private long _lines;
    private long _tooLong;
    private byte[]? _beginning;
    private long _passedOver;
    private string? _failure;

    private LineFeeder(IProducer<Null, byte[]> producer, string topic, string deadLetters, int longest, CancellationToken cancellation)
    {
        _producer = producer;
        _topic = topic;
        _deadLetters = deadLetters;
        _longest = longest;
        _cancellation = cancellation;
        _buffer = new byte[Math.Max(BufferSize, longest + 1)];
    }

    /// <param name="input">The file; read to its end.</param>
    /// <param name="cluster">The cluster.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="deadLetters">The dead-letter topic.</param>
    /// <param name="cancellationToken">Ends the feeding.</param>
    public static async Task<FedLines> FeedAsync(
        Stream input,
        KafkaCluster cluster,
        string topic,
        string deadLetters,
        CancellationToken cancellationToken
    )
    {
        int maxMessageBytes = Math.Min(
            cluster.Properties.TryGetValue("message.max.bytes", out string? own)
            && int.TryParse(own, CultureInfo.InvariantCulture, out int bytes)
                ? bytes
                : DefaultMaxMessageBytes,
            await cluster.MaxMessageBytesAsync(topic) ?? int.MaxValue
        );

        // A batch may not be larger either: a broker refuses it with all its lines.
        Dictionary<string, string> properties = new(cluster.Properties, StringComparer.Ordinal)
        {
            ["linger.ms"] = "20",
            ["enable.idempotence"] = "true",
            ["message.max.bytes"] = maxMessageBytes.ToString(CultureInfo.InvariantCulture),
        };
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(properties)
            .SetLogHandler(static (_, _) => { })
            .SetErrorHandler(static (_, _) => { })
            .Build();
        LineFeeder feeder = new(producer, topic, deadLetters, Math.Max(maxMessageBytes - Headroom, maxMessageBytes / 2), cancellationToken);
        string? damage = await feeder.ReadAsync(input);
        producer.Flush(cancellationToken);
        if (feeder._failure is not null)
        {
            throw new CliException(
                $"Lines could not be written to topic '{topic}' at {cluster.BootstrapServers}: {feeder._failure}. Nothing was analysed; "
                    + "check the broker and run it again."
            );
        }

        return new FedLines(feeder._lines, feeder._tooLong, damage);
    }

    // Returns what is wrong with the input; null = nothing.
    private async Task<string?> ReadAsync(Stream input)
    {
        while (true)
        {
            int read;
            try
            {
                read = await input.ReadAsync(_buffer.AsMemory(_held), _cancellation);
            }
            catch (InvalidDataException damage)
            {
                // What came of a last line may look whole and not be: a number that is cut off is a number.
                return damage.Message;
            }

            _held += read;
            await TakeLinesAsync();
            if (read > 0)
            {
                continue;
            }

            if (_held > 0 || _beginning is not null)
            {
                await EndLineAsync(_buffer.AsMemory(0, _held));
            }

            return null;
        }
    }

    private async Task TakeLinesAsync()
    {
        int start = 0;
        int length;
        while ((length = _buffer.AsSpan(start, _held - start).IndexOf((byte)'\n')) >= 0)
        {
            await EndLineAsync(_buffer.AsMemory(start, length));
            start += length + 1;
        }

        _held -= start;
        _buffer.AsSpan(start, _held).CopyTo(_buffer);
        if (_held <= _longest)
        {
            return;
        }

        // However long the line gets, no more than its beginning is held.
        _beginning ??= _buffer[..KeptOf(_held)];
        _passedOver += _held;
        _held = 0;
    }

    private async Task EndLineAsync(ReadOnlyMemory<byte> rest)
    {
        _lines++;
        if (_beginning is null && rest.Length <= _longest)
        {
            await SendAsync(_topic, new Message<Null, byte[]> { Value = rest.ToArray() });
            return;
        }

        byte[] beginning = _beginning ?? rest[..KeptOf(rest.Length)].ToArray();
        long length = _passedOver + rest.Length;
        _beginning = null;
        _passedOver = 0;
        _tooLong++;
        await SendAsync(_deadLetters, new Message<Null, byte[]> { Value = beginning, Headers = Letter(length, beginning.Length) });
    }

    private int KeptOf(int length) => Math.Min(length, Math.Min(KeptBytes, _longest));

    // The line has no place in the topic: it never got there.
    private Headers Letter(long length, int kept)
    {
        string reason = string.Create(
            CultureInfo.InvariantCulture,
            $"line {_lines} has {length} bytes, more than the {_longest} that a line of topic '{_topic}' may have; this letter holds the "
                + $"first {kept}"
        );
        return new Headers
        {
            { DeadLetterHeaders.Topic, Encoding.UTF8.GetBytes(_topic) },
            { DeadLetterHeaders.Partition, "-1"u8.ToArray() },
            { DeadLetterHeaders.Offset, "-1"u8.ToArray() },
            { DeadLetterHeaders.Exception, Encoding.UTF8.GetBytes(reason) },
            { DeadLetterHeaders.Attempt, "1"u8.ToArray() },
            {
                DeadLetterHeaders.OriginalSize,
                Encoding.UTF8.GetBytes(Math.Min(length, int.MaxValue).ToString(CultureInfo.InvariantCulture))
            },
        };
    }

    private async Task SendAsync(string topic, Message<Null, byte[]> message)
    {
        long deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (true)
        {
            try
            {
                _producer.Produce(topic, message, report => _failure ??= report.Error.IsError ? report.Error.Reason : null);
                return;
            }
            catch (ProduceException<Null, byte[]> full)
                when (full.Error.Code == ErrorCode.Local_QueueFull && Environment.TickCount64 < deadline)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, _cancellation);
            }
        }
    }
}
