namespace Millrace.Graph;

/// <summary>What a node does in the graph.</summary>
internal enum NodeKind
{
    Source,
    Operator,
    Sink,
}
