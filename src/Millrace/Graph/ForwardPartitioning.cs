using Millrace.Errors;
using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>Task i sends to task i: the edge's output has that task as its only target.</summary>
internal sealed class ForwardPartitioning<T> : Partitioning<T>
{
    private readonly FixedTargetPartitioning<T> _only = new(0);

    public static ForwardPartitioning<T> Instance { get; } = new();

    public override string Name => "forward";

    public override bool IsForward => true;

    public override IInput<T> CreateRouter(IEdgeOutput<T> output, int taskIndex, int maxParallelism, OperatorErrors errors) =>
        _only.CreateRouter(output, taskIndex, maxParallelism, errors);
}
