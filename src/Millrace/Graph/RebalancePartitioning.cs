using Millrace.Batches;
using Millrace.Errors;
using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>Whole batches go to the targets in turn; <c>rescale</c> keeps each sender to its own share of the targets.</summary>
internal sealed class RebalancePartitioning<T>(bool rescale) : Partitioning<T>
{
    public override string Name => rescale ? "rescale" : "rebalance";

    public override IInput<T> CreateRouter(IEdgeOutput<T> output, int taskIndex, int maxParallelism, OperatorErrors errors) =>
        new RebalanceRouter(output, taskIndex, rescale, errors);

    private sealed class RebalanceRouter : Router<T>
    {
        private readonly int _first;
        private readonly int _count;
        private readonly IPositionedOutput? _positioned;
        private int _next;

        public RebalanceRouter(IEdgeOutput<T> output, int taskIndex, bool rescale, OperatorErrors errors)
            : base(output, errors)
        {
            (_first, _count) =
                rescale && output is IRescaleOutput { SourceTasks: int senders }
                    ? Share(taskIndex, senders, output.Targets)
                    : (0, output.Targets);
            _next = taskIndex % _count;
            _positioned = output as IPositionedOutput;
        }

        public override void OnBatch(RecordBatch<T> batch)
        {
            if (_positioned is not null)
            {
                // Work that is done again must send the same record to the same task.
                CopyTo(_first + (int)((ulong)_positioned.Position % (uint)_count), batch);
                return;
            }

            CopyTo(_first + _next, batch);
            _next = _next + 1 == _count ? 0 : _next + 1;
        }

        private static (int First, int Count) Share(int task, int senders, int targets)
        {
            if (senders >= targets)
            {
                return (task * targets / senders, 1);
            }

            int first = task * targets / senders;
            int end = (task + 1) * targets / senders;
            return (first, end - first);
        }
    }
}
