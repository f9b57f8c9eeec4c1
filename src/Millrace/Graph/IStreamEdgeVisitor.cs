namespace Millrace.Graph;

/// <summary>
/// Makes something of an edge whose record type is known only to itself, so that the graph need not know what hosts make of it.
/// </summary>
internal interface IStreamEdgeVisitor<out TResult>
{
    TResult Visit<T>(StreamEdge<T> edge);
}
