using Millrace.Connectors;
using Millrace.Durable.Tasks;
using Millrace.Graph;

namespace Millrace.Testing.Simulation;

/// <summary>Looks into the topics for one source in one process, as Kafka's reader does.</summary>
internal sealed class SimTopicReader(SimWorld world, SimProcess process, string source) : IRawTopicReader
{
    public Task<int> CountPartitionsAsync(string topic, CancellationToken cancellationToken) =>
        CallAsync($"count partitions of {topic}", () => world.Job.Partitions.Count(partition => IsOf(partition, topic)), cancellationToken);

    public Task<long> FindStartAsync(string topic, int partition, bool isInitial, CancellationToken cancellationToken) =>
        CallAsync(
            $"find the start of {topic}-{partition}",
            () =>
                isInitial && world.Shape.StartsAtLatest
                    ? world.Topic.EndOf(IndexOf(topic, partition))
                    : world.Topic.BeginOf(IndexOf(topic, partition)),
            cancellationToken
        );

    public Task<IReadOnlyList<RawPosition>> ValidateAsync(IReadOnlyList<SourceSplit> splits, CancellationToken cancellationToken)
    {
        IRawRecordSource raw = DurableJobPlan.SourceOf(Stage);
        return CallAsync<IReadOnlyList<RawPosition>>(
            $"check {splits.Count} positions",
            () => [.. splits.Select(split => Check(raw.PositionOf(split)))],
            cancellationToken
        );
    }

    public Task<IReadOnlyList<long>> FindEndsAsync(IReadOnlyList<RawPosition> positions, CancellationToken cancellationToken) =>
        CallAsync<IReadOnlyList<long>>(
            $"find {positions.Count} ends",
            () => [.. positions.Select(position => world.Topic.EndOf(IndexOf(position.Topic, position.Partition)))],
            cancellationToken
        );

    public Task<long> FindLastRecordAsync(string topic, int partition, long from, CancellationToken cancellationToken) =>
        CallAsync(
            $"find the end of {topic}-{partition}",
            () =>
            {
                int index = IndexOf(topic, partition);
                return from <= world.Topic.EndOf(index)
                    ? world.Topic.LastRecord(index, from)
                    : throw new SuppressRestartsException($"{topic}-{partition} ends before offset {from}: its log was cut off.");
            },
            cancellationToken
        );

    public Task<RawRecordRange> ReadAsync(
        string topic,
        int partition,
        long from,
        long to,
        int maxRecords,
        CancellationToken cancellationToken
    ) =>
        CallAsync(
            $"read {topic}-{partition} {from} to {to}",
            () =>
            {
                int index = IndexOf(topic, partition);
                if (from < world.Topic.BeginOf(index))
                {
                    throw new SuppressRestartsException(
                        $"Offset {from} of {topic}-{partition} is gone: the log begins at {world.Topic.BeginOf(index)}."
                    );
                }

                // A part at a time, so that whoever reads has to go on.
                List<SimRecord> records = [];
                long covered = world.Topic.Read(index, from, to, Math.Min(maxRecords, world.Shape.MaxRead), records);
                return new RawRecordRange([.. records.Select(static record => record.Raw)], covered);
            },
            cancellationToken
        );

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Stage Stage => process.Job.Plan.Sources.First(stage => stage.Uid == source);

    private RawPosition Check(RawPosition position)
    {
        Guid id = world.TopicIdOf(position.Topic);
        return position.TopicId == default || position.TopicId == id
            ? position with
            {
                TopicId = id,
            }
            : throw new SuppressRestartsException($"Topic '{position.Topic}' was created anew since offset {position.Offset} was read.");
    }

    private Task<T> CallAsync<T>(string what, Func<T> effect, CancellationToken cancellationToken) =>
        world.Call(process, what, world.Brokered(effect)).WaitAsync(cancellationToken);

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
