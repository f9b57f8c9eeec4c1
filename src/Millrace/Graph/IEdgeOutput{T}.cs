using Millrace.Batches;

namespace Millrace.Graph;

/// <summary>The typed sending side of an edge.</summary>
internal interface IEdgeOutput<T> : IEdgeOutput
{
    /// <summary>An empty batch for a target; may wait for credit.</summary>
    RecordBatch<T> Rent(int target);

    /// <summary>Sends a rented batch; it belongs to the receiver from now on.</summary>
    void Send(int target, RecordBatch<T> batch);
}
