using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Connectors;

namespace Millrace.Operators.Connectors;

/// <summary>Hands records to a sink's writer and ties its commits to checkpoints.</summary>
internal sealed class SinkOperator<T>(ISink<T> sink) : StreamOperator, IInput<T>, IConnectorOperator
{
    private readonly SortedDictionary<long, ReadOnlyMemory<byte>> _pending = [];
    private ISinkWriter<T>? _writer;
    private long _records;

    /// <summary>Bytes and errors of the writer.</summary>
    public ConnectorMetrics ConnectorMetrics { get; private set; } = new();

    /// <summary>Records taken so far.</summary>
    public long Records => Volatile.Read(ref _records);

    public override ConnectorWait? Waiting => ConnectorMetrics.Waiting;

    public bool IsSource => false;

    public override void Open(ISnapshotReader? restored)
    {
        ConnectorContext context = ConnectorContexts.Of(Context);
        ConnectorMetrics = context.Metrics;
        _writer = sink.CreateWriter(context);
        if (_writer is ICommittingSinkWriter<T> committing)
        {
            committing.Recover(Committables.Read(restored));
        }
    }

    public void OnBatch(RecordBatch<T> batch)
    {
        Volatile.Write(ref _records, _records + batch.Count);
        try
        {
            _writer!.Write(batch);
        }
        catch (SinkRecordException failure) when (failure.InnerException is { } cause && (uint)failure.Row < (uint)batch.Count)
        {
            // While records may be left out, there is one in a batch.
            Errors.OnRecord(cause, batch.Values[failure.Row], batch.Timestamps[failure.Row], failure.Row);
            Volatile.Write(ref _records, _records - 1);
        }
    }

    public void OnWatermark(long watermark)
    {
        // Sinks have no notion of time.
    }

    public void OnIdle(bool idle)
    {
        // Sinks have no notion of time.
    }

    public void Flush()
    {
        // What a writer holds back, it sends by its own linger time.
    }

    public override void PrepareSnapshot(long checkpointId)
    {
        _writer!.Flush(endOfInput: false);
        if (_writer is ICommittingSinkWriter<T> committing)
        {
            ReadOnlyMemory<byte> committable = committing.PrepareCommit(checkpointId);
            if (!committable.IsEmpty)
            {
                _pending[checkpointId] = committable;
            }
        }
    }

    /// <summary>Whether a checkpoint has anything of it.</summary>
    public bool HasState => _pending.Count > 0;

    public override void Snapshot(long checkpointId, ISnapshotWriter writer)
    {
        if (_pending.Count > 0)
        {
            Committables.Write(_pending.Values, writer);
        }
    }

    public override void NotifyCheckpointComplete(long checkpointId)
    {
        if (_writer is not ICommittingSinkWriter<T> committing)
        {
            return;
        }

        foreach ((long id, ReadOnlyMemory<byte> committable) in _pending.TakeWhile(pair => pair.Key <= checkpointId).ToArray())
        {
            committing.Commit(committable);
            _pending.Remove(id);
        }
    }

    public override void Finish() => _writer!.Flush(endOfInput: true);

    public override void Dispose()
    {
        // The task's thread has nothing else to do any more, so waiting here blocks nobody.
        _writer?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _writer = null;
        base.Dispose();
    }
}
