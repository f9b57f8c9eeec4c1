namespace Millrace.Kafka.Consuming;

/// <summary>Which topic a name stands for.</summary>
/// <param name="Id">The topic's id; empty where brokers are older than ids.</param>
/// <param name="Partitions">Leader and leader epoch of each partition.</param>
internal sealed record TopicIdentity(Guid Id, IReadOnlyDictionary<int, (int Leader, int Epoch)> Partitions)
{
    /// <summary>Whether a partition has a broker that leads it; one that is not known counts as led.</summary>
    internal bool HasLeader(int partition) => !Partitions.TryGetValue(partition, out (int Leader, int Epoch) known) || known.Leader >= 0;

    /// <summary>The leader epoch of a partition; -1 = not known.</summary>
    internal int EpochOf(int partition) => Partitions.TryGetValue(partition, out (int Leader, int Epoch) known) ? known.Epoch : -1;
}
