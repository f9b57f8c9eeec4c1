using Millrace.Errors;
using Millrace.Graph;

namespace Millrace.Durable;

/// <summary>Makes the <see cref="DurableInput{T}"/> of an edge.</summary>
internal sealed class DurableInputFactory(IInputPort port, int batchSize, OperatorErrors errors) : IStreamEdgeVisitor<IDurableInput>
{
    public IDurableInput Visit<T>(StreamEdge<T> edge) => new DurableInput<T>(edge, port, batchSize, errors);
}
