using Millrace.Connectors;

namespace Millrace.Durable;

/// <summary>A record that a source task's chain sends straight to a sink.</summary>
internal readonly record struct SourceSinkRecord(string SinkUid, DurableSinkRecord Record);
