using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>A node with a main output.</summary>
internal class StreamNode<TOut>(int id, NodeKind kind, string name, Func<IStageHost, StreamOperator<TOut>> factory)
    : StreamNode(id, kind, name)
{
    /// <summary>A node whose operator is the same on every host.</summary>
    public StreamNode(int id, NodeKind kind, string name, Func<StreamOperator<TOut>> factory)
        : this(id, kind, name, _ => factory()) { }

    public override StreamOperator CreateOperator(IStageHost host, string uid) => factory(host);

    public override void WireOutput(StreamOperator instance, StageBuilder builder) =>
        ((StreamOperator<TOut>)instance).Output = builder.OutputOf<TOut>(this, sideTag: null, instance.PassesRecordsOn);
}
