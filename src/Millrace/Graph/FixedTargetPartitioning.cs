using Millrace.Batches;
using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>Everything goes to one task.</summary>
internal sealed class FixedTargetPartitioning<T>(int target) : Partitioning<T>
{
    public override string Name => "fixed";

    public override IInput<T> CreateRouter(IEdgeOutput<T> output, int taskIndex, int maxParallelism) => new FixedRouter(output, target);

    private sealed class FixedRouter(IEdgeOutput<T> output, int target) : Router<T>(output)
    {
        public override void OnBatch(RecordBatch<T> batch) => CopyTo(target, batch);
    }
}
