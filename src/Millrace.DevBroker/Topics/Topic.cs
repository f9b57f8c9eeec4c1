namespace Millrace.DevBroker.Topics;

/// <summary>
/// A topic and its partitions. Immutable: a change of configs or of the number of partitions makes a new value with the same id and the
/// same partitions.
/// </summary>
/// <param name="ShownAt">Timestamp of the broker's clock until which only the controller knows the topic; 0 = none.</param>
/// <param name="LedAt">Timestamp of the broker's clock until which its partitions have no leader; 0 = none.</param>
internal sealed record Topic(
    string Name,
    Guid Id,
    IReadOnlyList<Partition> Partitions,
    IReadOnlyDictionary<string, string> Configs,
    long ShownAt = 0,
    long LedAt = 0
);
