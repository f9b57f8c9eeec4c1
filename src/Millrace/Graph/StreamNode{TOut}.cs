using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>A node with a main output.</summary>
internal class StreamNode<TOut>(int id, NodeKind kind, string name, Func<StreamOperator<TOut>> factory) : StreamNode(id, kind, name)
{
    public override StreamOperator CreateOperator(IStageHost host, string uid) => factory();

    public override void WireOutput(StreamOperator instance, StageBuilder builder) =>
        ((StreamOperator<TOut>)instance).Output = new OperatorOutput<TOut>(builder.TargetOf<TOut>(this, sideTag: null), builder.BatchSize);
}
