using Millrace.Batches;
using Millrace.Errors;
using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>Everything goes to one task.</summary>
internal sealed class FixedTargetPartitioning<T>(int target) : Partitioning<T>
{
    public override string Name => "fixed";

    public override IInput<T> CreateRouter(IEdgeOutput<T> output, int taskIndex, int maxParallelism, OperatorErrors errors) =>
        new FixedRouter(output, target, errors);

    private sealed class FixedRouter(IEdgeOutput<T> output, int target, OperatorErrors errors) : Router<T>(output, errors)
    {
        public override void OnBatch(RecordBatch<T> batch) => CopyTo(target, batch);
    }
}
