using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Millrace.Batches;
using Millrace.Connectors;

namespace Millrace.Graph;

/// <summary>Reads records of the job's sources again by where they came from, for dead letters. Thread-safe.</summary>
internal sealed class OriginalReader(JobGraph graph, TimeProvider time, ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<IRawTopicReader>> _readers = new(StringComparer.Ordinal);

    /// <summary>The record as it lies in its topic; <see langword="null"/> when it is there no longer.</summary>
    /// <param name="origin">Known, and in a topic.</param>
    /// <param name="cancellationToken">Ends the wait. A topic that cannot be read is an error, not a record that is gone.</param>
    public RawRecord? Read(RecordOrigin origin, CancellationToken cancellationToken)
    {
        IRawTopicReader reader = _readers
            .GetOrAdd(origin.Split!.Source, uid => new Lazy<IRawTopicReader>(() => Create(uid, cancellationToken)))
            .Value;
        return Read(reader, origin, cancellationToken);
    }

    /// <summary>The same with a reader that is there already. The task's thread has nothing else to do meanwhile.</summary>
    public static RawRecord? Read(IRawTopicReader reader, RecordOrigin origin, CancellationToken cancellationToken)
    {
        (string topic, int partition) = (origin.Split!.Topic!, origin.Split.Partition);
        try
        {
            RawRecordRange range = Task.Run(
                    () => reader.ReadAsync(topic, partition, origin.Offset, origin.Offset, maxRecords: 1, cancellationToken),
                    cancellationToken
                )
                .GetAwaiter()
                .GetResult();
            return range.Records is [{ } found, ..] && found.Offset == origin.Offset ? found : null;
        }
        catch (Exception failure) when (RestartSuppression.Find(failure) is not null)
        {
            // The topic has forgotten it.
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Lazy<IRawTopicReader> reader in _readers.Values.Where(reader => reader.IsValueCreated))
        {
            await reader.Value.DisposeAsync().ConfigureAwait(false);
        }
    }

    private IRawTopicReader Create(string uid, CancellationToken cancellationToken)
    {
        StreamNode source = graph.Nodes.First(node => string.Equals(graph.UidOf(node), uid, StringComparison.Ordinal));
        return ((IRawRecordSource)source.Source!).CreateTopicReader(
            new ConnectorContext(graph.Name, uid, 0, 1, time, loggers, cancellationToken)
        );
    }
}
