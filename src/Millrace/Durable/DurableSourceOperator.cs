using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Operators;
using Millrace.Time;

namespace Millrace.Durable;

/// <summary>The head of a source task on a trigger-driven host: one raw record at a time, so that everything it leads to has its offset as position.
/// A watermark generator lives for one range of offsets and goes on from the ledger's watermark.</summary>
internal sealed class DurableSourceOperator<T>(IRawRecordSource<T> source, WatermarkStrategy<T> strategy) : StreamOperator<T>, IDurableSourceDriver, IWatermarkAssigner
{
    private IWatermarkGenerator<T> _generator = strategy.CreateGenerator();
    private readonly RecordBatch<T> _batch = new(1);
    private readonly long[] _timestamp = new long[1];
    private IRawRecordReader<T>? _reader;
    private long _watermark = long.MinValue;

    public long Watermark => _watermark;

    public override void Open(Checkpoints.ISnapshotReader? restored) => _reader = source.CreateRawReader(ConnectorContexts.Of(Context));

    public void Begin(long watermark)
    {
        // An attempt that failed may have seen records behind this range: nothing of it may stay.
        _generator = strategy.CreateGenerator();
        _watermark = watermark;
    }

    public void Process(RawRecord record)
    {
        _batch.Clear();
        _reader!.Read(record, _batch);
        if (_batch.Count == 0)
        {
            return;
        }

        if (strategy.TimestampAssigner is { } assign)
        {
            _timestamp[0] = assign(_batch.Values[0], _batch.Timestamps[0]);
            T value = _batch.Values[0];
            _batch.Clear();
            _batch.Add(value, _timestamp[0]);
        }

        long watermark = _watermark;
        _generator.OnBatch(_batch.Values, _batch.Timestamps, ref watermark);
        Output.Forward(_batch);
        _watermark = Math.Max(_watermark, watermark);
    }

    public void EndRange()
    {
        long watermark = _watermark;
        _generator.OnPeriodicEmit(ref watermark);
        _watermark = Math.Max(_watermark, watermark);
    }

    public Task FlushAsync(CancellationToken cancellationToken) => _reader!.FlushAsync(cancellationToken);

    public void FlushChain() => FlushOutputs();

    public ValueTask DisposeReaderAsync() => _reader?.DisposeAsync() ?? ValueTask.CompletedTask;
}
