using Millrace.Batches;
using Millrace.Errors;
using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>Every task gets every record.</summary>
internal sealed class BroadcastPartitioning<T> : Partitioning<T>
{
    public override string Name => "broadcast";

    public override IInput<T> CreateRouter(IEdgeOutput<T> output, int taskIndex, int maxParallelism, OperatorErrors errors) =>
        new BroadcastRouter(output, errors);

    private sealed class BroadcastRouter(IEdgeOutput<T> output, OperatorErrors errors) : Router<T>(output, errors)
    {
        private readonly BatchCopier<T>? _copier =
            output.CopiesForTargets && output.Targets > 1 && !BatchCopier<T>.IsNeedless ? new BatchCopier<T>() : null;

        public override void OnBatch(RecordBatch<T> batch)
        {
            for (int target = 0; target < Targets; target++)
            {
                CopyTo(target, _copier is null || target == Targets - 1 ? batch : _copier.Copy(batch));
            }
        }
    }
}
