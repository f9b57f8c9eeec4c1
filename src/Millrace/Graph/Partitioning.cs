using Millrace.Batches;
using Millrace.Errors;
using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>How the records of an edge are spread over the tasks of the next stage.</summary>
internal abstract class Partitioning<T>
{
    public abstract string Name { get; }

    public virtual bool IsForward => false;

    /// <summary>An empty batch of the kind that travels on the edge.</summary>
    public virtual RecordBatch<T> CreateBatch(int capacity) => new(capacity);

    /// <summary>Appends a record to a batch of <see cref="CreateBatch"/>, for a host that received it as bytes.</summary>
    public virtual void Append(RecordBatch<T> batch, T value, long timestamp) => batch.Add(value, timestamp);

    /// <summary>Puts records into the outgoing batches of one task.</summary>
    /// <param name="output">The batches.</param>
    /// <param name="taskIndex">Index of the sending task.</param>
    /// <param name="maxParallelism">Number of key groups.</param>
    /// <param name="errors">Where errors of selectors go; they count for the operator that the edge leads to.</param>
    public abstract IInput<T> CreateRouter(IEdgeOutput<T> output, int taskIndex, int maxParallelism, OperatorErrors errors);
}
