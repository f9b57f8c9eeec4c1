using Millrace.Connectors;
using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>A sink.</summary>
internal sealed class SinkNode<T>(int id, string name, ISink<T> sink) : StreamNode(id, NodeKind.Sink, name)
{
    public override ISink<T> Sink { get; } = sink;

    public override StreamOperator CreateOperator(IStageHost host, string uid) => host.CreateSink(Sink, uid);

    public override void WireOutput(StreamOperator instance, StageBuilder builder)
    {
        // A sink is the end of a chain.
    }
}
