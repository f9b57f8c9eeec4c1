using Millrace.Batches;
using Millrace.Errors;
using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>A typed edge.</summary>
internal sealed class StreamEdge<T>(StreamNode from, string? sideTag, StreamNode to, int port, Partitioning<T> partitioning)
    : StreamEdge(from, sideTag, to, port)
{
    public Partitioning<T> Partitioning { get; } = partitioning;

    public override string PartitioningName => Partitioning.Name;

    public override bool IsForward => Partitioning.IsForward;

    public override Type RecordType => typeof(T);

    public override RecordBatch CreateBatch(int capacity) => Partitioning.CreateBatch(capacity);

    public override void WireSideOutput(StreamOperator instance, StageBuilder builder) =>
        instance.SideOutputs.Add(SideTag!, builder.OutputOf<T>(From, SideTag));

    public override TResult Accept<TResult>(IStreamEdgeVisitor<TResult> visitor) => visitor.Visit(this);

    public override IInputPort CreatePort(StreamOperator instance, TaskErrors errors) =>
        errors.IsTracing
            ? new TracedInputPort<T>(InputOf(instance), Partitioning.CreateBatch(1), errors)
            : new InputPort<T>(InputOf(instance));

    /// <summary>The typed input of a running instance of <see cref="StreamEdge.To"/>.</summary>
    public IInput<T> InputOf(StreamOperator instance) =>
        instance switch
        {
            IInput<T> input when Port == 0 => input,
            ITwoInputs two => (IInput<T>)two.InputAt(Port),
            _ => throw new InvalidOperationException(
                $"Operator '{To.Name}' ({instance.GetType().Name}) has no input {Port} for {typeof(T)}."
            ),
        };
}
