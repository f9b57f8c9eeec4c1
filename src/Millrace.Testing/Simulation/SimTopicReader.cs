using Millrace.Connectors;

namespace Millrace.Testing.Simulation;

/// <summary>Looks into the topics for one source in one process.</summary>
internal sealed class SimTopicReader(SimWorld world, SimProcess process, string source) : IRawTopicReader
{
    public Task<int> CountPartitionsAsync(string topic, CancellationToken cancellationToken) =>
        world
            .Call(process, $"count partitions of {topic}", () => world.Job.Partitions.Count(partition => IsOf(partition, topic)))
            .WaitAsync(cancellationToken);

    public Task<long> FindStartAsync(string topic, int partition, bool isInitial, CancellationToken cancellationToken) =>
        world.Call(process, $"find the start of {topic}-{partition}", static () => 0L).WaitAsync(cancellationToken);

    public Task<long> FindLastRecordAsync(string topic, int partition, long from, CancellationToken cancellationToken) =>
        world
            .Call(process, $"find the end of {topic}-{partition}", () => world.Topic.LastRecord(IndexOf(topic, partition), from))
            .WaitAsync(cancellationToken);

    public Task<RawRecordRange> ReadAsync(
        string topic,
        int partition,
        long from,
        long to,
        int maxRecords,
        CancellationToken cancellationToken
    ) =>
        world
            .Call(
                process,
                $"read {topic}-{partition} {from} to {to}",
                () =>
                {
                    List<SimRecord> records = [];

                    // A part at a time, so that whoever reads has to go on.
                    long covered = world.Topic.Read(IndexOf(topic, partition), from, to, Math.Min(maxRecords, MaxRead), records);
                    return new RawRecordRange([.. records.Select(static record => record.Raw)], covered);
                }
            )
            .WaitAsync(cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private const int MaxRead = 40;

    private int IndexOf(string topic, int partition)
    {
        for (int i = 0; i < world.Job.Partitions.Count; i++)
        {
            if (IsOf(world.Job.Partitions[i], topic) && world.Job.Partitions[i].Partition == partition)
            {
                return i;
            }
        }

        throw new InvalidOperationException($"Source '{source}' has no partition {partition} of topic '{topic}'.");
    }

    private bool IsOf(SimPartition partition, string topic) => partition.Source == source && partition.Topic == topic;
}
