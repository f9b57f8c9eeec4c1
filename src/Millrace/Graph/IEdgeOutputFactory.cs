namespace Millrace.Graph;

/// <summary>Given by the host: makes the sending side of an edge that leaves a stage.</summary>
internal interface IEdgeOutputFactory
{
    IEdgeOutput<T> CreateOutput<T>(StreamEdge<T> edge, int taskIndex);
}
