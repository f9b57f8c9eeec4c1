using Millrace.Batches;
using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>Everything goes to task 0.</summary>
internal sealed class GlobalPartitioning<T> : Partitioning<T>
{
    public override string Name => "global";

    public override IInput<T> CreateRouter(IEdgeOutput<T> output, int taskIndex, int maxParallelism) => new GlobalRouter(output);

    private sealed class GlobalRouter(IEdgeOutput<T> output) : Router<T>(output)
    {
        public override void OnBatch(RecordBatch<T> batch) => CopyTo(0, batch);
    }
}
