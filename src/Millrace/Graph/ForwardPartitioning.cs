using Millrace.Batches;
using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>Task i sends to task i: the edge's output has that task as its only target.</summary>
internal sealed class ForwardPartitioning<T> : Partitioning<T>
{
    public static ForwardPartitioning<T> Instance { get; } = new();

    public override string Name => "forward";

    public override bool IsForward => true;

    public override IInput<T> CreateRouter(IEdgeOutput<T> output, int taskIndex, int maxParallelism) => new ForwardRouter(output);

    private sealed class ForwardRouter(IEdgeOutput<T> output) : Router<T>(output)
    {
        public override void OnBatch(RecordBatch<T> batch) => CopyTo(0, batch);
    }
}
