using Millrace.Batches;
using Millrace.Errors;
using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>How the records of an edge are spread over the tasks of the next stage.</summary>
internal abstract class Partitioning<T>
{
    public abstract string Name { get; }

    public virtual bool IsForward => false;

    /// <summary>An empty batch of the kind that travels on the edge.</summary>
    public virtual RecordBatch<T> CreateBatch(int capacity) => new(capacity);

    /// <summary>Appends a record to a batch of <see cref="CreateBatch"/>, for a host that received it as bytes.</summary>
    public virtual void Append(RecordBatch<T> batch, T value, long timestamp) => batch.Add(value, timestamp);

    /// <summary>Puts records into the outgoing batches of one task.</summary>
    /// <param name="output">The batches.</param>
    /// <param name="taskIndex">Index of the sending task.</param>
    /// <param name="maxParallelism">Number of key groups.</param>
    /// <param name="errors">Where errors of selectors go; they count for the operator that the edge leads to.</param>
    public abstract IInput<T> CreateRouter(IEdgeOutput<T> output, int taskIndex, int maxParallelism, OperatorErrors errors);
}

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

/// <summary>Everything goes to task 0.</summary>
internal sealed class GlobalPartitioning<T> : Partitioning<T>
{
    private readonly FixedTargetPartitioning<T> _first = new(0);

    public override string Name => "global";

    public override IInput<T> CreateRouter(IEdgeOutput<T> output, int taskIndex, int maxParallelism, OperatorErrors errors) =>
        _first.CreateRouter(output, taskIndex, maxParallelism, errors);
}

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
        private readonly IEdgeOutput<T> _output;
        private int _next;

        public RebalanceRouter(IEdgeOutput<T> output, int taskIndex, bool rescale, OperatorErrors errors)
            : base(output, errors)
        {
            (_first, _count) = rescale && output.Senders > 0 ? Share(taskIndex, output.Senders, output.Targets) : (0, output.Targets);
            _next = taskIndex % _count;
            _output = output;
        }

        public override void OnBatch(RecordBatch<T> batch)
        {
            if (_output.Position is >= 0 and long position)
            {
                CopyTo(_first + (int)((ulong)position % (uint)_count), batch);
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
