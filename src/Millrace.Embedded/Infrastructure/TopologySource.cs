namespace Millrace.Embedded.Infrastructure;

/// <summary>A Kafka trigger.</summary>
/// <param name="Function">Name of the generated function.</param>
/// <param name="Topic">The topic.</param>
/// <param name="ConsumerGroup">The group that reads it.</param>
internal sealed record TopologySource(string Function, string Topic, string ConsumerGroup);
