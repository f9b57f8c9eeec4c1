using Millrace.Errors;
using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>Everything goes to task 0.</summary>
internal sealed class GlobalPartitioning<T> : Partitioning<T>
{
    private readonly FixedTargetPartitioning<T> _first = new(0);

    public override string Name => "global";

    public override IInput<T> CreateRouter(IEdgeOutput<T> output, int taskIndex, int maxParallelism, OperatorErrors errors) =>
        _first.CreateRouter(output, taskIndex, maxParallelism, errors);
}
