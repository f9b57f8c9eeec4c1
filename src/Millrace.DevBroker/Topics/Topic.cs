namespace Millrace.DevBroker.Topics;

/// <summary>A topic and its partitions. Immutable: a change of configs or of the number of partitions makes a new value with the same id and the same partitions.</summary>
internal sealed record Topic(string Name, Guid Id, IReadOnlyList<Partition> Partitions, IReadOnlyDictionary<string, string> Configs);
