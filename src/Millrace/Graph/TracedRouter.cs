using Millrace.Batches;
using Millrace.Errors;
using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>
/// A router whose records carry on where they came from: what it puts into outgoing batches while it takes a record has that record's
/// origin.
/// </summary>
internal sealed class TracedRouter<T> : IInput<T>
{
    private readonly IInput<T> _router;
    private readonly Output _output;
    private readonly TaskErrors _errors;

    /// <param name="output">The sending side of the edge.</param>
    /// <param name="create">Makes the router around the sending side.</param>
    /// <param name="errors">Knows the record under way.</param>
    public TracedRouter(IEdgeOutput<T> output, Func<IEdgeOutput<T>, IInput<T>> create, TaskErrors errors)
    {
        _errors = errors;
        _output = new Output(output, errors);
        _router = create(_output);
    }

    public void OnBatch(RecordBatch<T> batch)
    {
        _router.OnBatch(batch);
        if (_errors.IsTracing)
        {
            _output.Stamp();
        }
    }

    public void OnWatermark(long watermark) => _router.OnWatermark(watermark);

    public void OnIdle(bool idle) => _router.OnIdle(idle);

    public void Flush() => _router.Flush();

    private sealed class Output(IEdgeOutput<T> inner, TaskErrors errors) : IEdgeOutput<T>
    {
        private readonly RecordBatch<T>?[] _open = new RecordBatch<T>?[inner.Targets];
        private readonly int[] _stamped = new int[inner.Targets];

        public int Targets => inner.Targets;

        public bool CopiesForTargets => inner.CopiesForTargets;

        public int Senders => inner.Senders;

        public RecordBatch<T> Rent(int target)
        {
            RecordBatch<T> batch = inner.Rent(target);
            (_open[target], _stamped[target]) = (batch, 0);
            return batch;
        }

        public void Send(int target, RecordBatch<T> batch)
        {
            Stamp(target, batch);
            _open[target] = null;
            inner.Send(target, batch);
        }

        public void BroadcastWatermark(long watermark) => inner.BroadcastWatermark(watermark);

        public void BroadcastIdle(bool idle) => inner.BroadcastIdle(idle);

        public void Stamp()
        {
            for (int target = 0; target < _open.Length; target++)
            {
                if (_open[target] is { } batch)
                {
                    Stamp(target, batch);
                }
            }
        }

        private void Stamp(int target, RecordBatch<T> batch)
        {
            int from = _stamped[target];
            if (batch.Count == from)
            {
                return;
            }

            RecordOrigin[] origins = batch.Origins ??= new RecordOrigin[batch.Capacity];
            origins.AsSpan(from, batch.Count - from).Fill(errors.Origin);
            _stamped[target] = batch.Count;
        }
    }
}
