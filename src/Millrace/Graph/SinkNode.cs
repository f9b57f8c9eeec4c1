using Millrace.Connectors;
using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>A sink.</summary>
internal sealed class SinkNode<T>(int id, string name, ISink<T> sink) : StreamNode(id, NodeKind.Sink, name)
{
    public ISink<T> Sink { get; } = sink;

    public override IReadOnlyList<string> Resources => Sink.Resources;

    public override void Validate(ICollection<string> errors) => Sink.Validate(errors);

    public override StreamOperator CreateOperator() => new SinkOperator<T>(Sink);

    public override void WireOutput(StreamOperator instance, StageBuilder builder)
    {
        // A sink is the end of a chain.
    }
}
