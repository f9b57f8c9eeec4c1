using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Operators;
using Millrace.Operators.Connectors;
using Millrace.Time;

namespace Millrace.Durable.Tasks;

/// <summary>
/// The head of a source task on a trigger-driven host: one raw record at a time, so that everything it leads to has its offset as position.
/// A watermark generator lives for one range of offsets and goes on from the ledger's watermark.
/// </summary>
internal sealed class DurableSourceOperator<T>(IRawRecordSource<T> source, WatermarkStrategy<T> strategy)
    : StreamOperator<T>,
        IDurableSourceDriver,
        IWatermarkAssigner,
        IWatermarkGuard
{
    private readonly RecordBatch<T> _batch = new(1);
    private readonly long[] _timestamp = new long[1];
    private IRawRecordReader<T>? _reader;
    private SplitProgress<T> _progress = new("", strategy.CreateGenerator(), long.MinValue);
    private AheadRecords<T>? _ahead;
    private SplitGuard? _guard;

    public long Watermark => _progress.Watermark;

    public TimestampVotes Votes => _guard?.Votes ?? default;

    public long RecordsAhead => _ahead?.Count ?? 0;

    public override void Open(Checkpoints.ISnapshotReader? restored)
    {
        _reader = source.CreateRawReader(ConnectorContexts.Of(Context) with { Letters = Errors.Task.Unreadable });
        _ahead = AheadRecords<T>.Create(strategy, Context, SideOutputs);
        _guard = _ahead?.CreateGuard();
    }

    public void Begin(long watermark, TimestampVotes votes)
    {
        // An attempt that failed may have seen records behind this range: nothing of it may stay.
        _guard?.Begin(votes);
        _progress = new SplitProgress<T>(_progress.Id, strategy.CreateGenerator(), watermark, _guard);
    }

    public void Process(RawRecord record)
    {
        _batch.Clear();
        _reader!.Read(record, _batch);
        if (_batch.Count == 0)
        {
            return;
        }

        if (_progress.Id.Length == 0)
        {
            _progress.Id = FormattableString.Invariant($"{record.Topic}-{record.Partition}");
        }

        int ahead;
        try
        {
            if (strategy.TimestampAssigner is { } assign)
            {
                _timestamp[0] = assign(_batch.Values[0], _batch.Timestamps[0]);
                T value = _batch.Values[0];
                _batch.Clear();
                _batch.Add(value, _timestamp[0]);
            }

            ahead = _progress.OnBatch(_batch.Values, _batch.Timestamps);
        }
        catch (Exception failure) when (IsOwn(failure))
        {
            LeaveOut(failure, _batch.Values[0], _batch.Timestamps[0], row: 0);
            return;
        }

        Output.Forward(ahead == 0 ? _batch : _ahead!.Divert(_batch, _guard!.Ahead, ahead));
    }

    public void EndRange() => _progress.OnPeriodic(now: 0, idleTimeout: null);

    public Task FlushAsync(CancellationToken cancellationToken) => _reader!.FlushAsync(cancellationToken);

    public void FlushChain() => FlushOutputs();

    public ValueTask DisposeReaderAsync() => _reader?.DisposeAsync() ?? ValueTask.CompletedTask;
}
