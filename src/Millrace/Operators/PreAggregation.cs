namespace Millrace.Operators;

/// <summary>How a source task may combine the records of an edge before it sends them. Immutable.</summary>
internal abstract class PreAggregation;
