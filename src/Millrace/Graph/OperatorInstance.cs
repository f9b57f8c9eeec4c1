using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>A running operator with its names.</summary>
internal sealed record OperatorInstance(string Uid, string Name, StreamOperator Operator);
