namespace Millrace.DevBroker.Topics;

/// <summary>A topic and its partitions. Immutable: more partitions make a new value with the same id.</summary>
internal sealed record Topic(string Name, Guid Id, IReadOnlyList<Partition> Partitions);
