namespace Millrace.Connectors;

/// <summary>How far a partition has been read.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Partition">The partition.</param>
/// <param name="Offset">Offset of the next record; -1 = wherever the source's starting offsets say.</param>
public readonly record struct RawPosition(string Topic, int Partition, long Offset)
{
    /// <summary>The topic's id, which tells it from one of the same name that was created before or after it; empty = not known.</summary>
    public Guid TopicId { get; init; }
}
