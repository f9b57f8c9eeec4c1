namespace Millrace.Embedded.Infrastructure;

/// <summary>A topic that jobs read or write.</summary>
/// <param name="Name">The topic.</param>
/// <param name="Partitions">Number of partitions.</param>
/// <param name="CleanupPolicy"><c>Delete</c>, or <c>Compact</c> for progress markers of exactly-once sinks.</param>
/// <param name="RetentionHours">How long records are kept.</param>
internal sealed record TopologyTopic(string Name, int Partitions, string CleanupPolicy, int RetentionHours);
