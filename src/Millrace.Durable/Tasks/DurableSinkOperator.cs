using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Millrace.Operators;
using Millrace.Serialization;

namespace Millrace.Durable.Tasks;

/// <summary>A sink's place in a stage: encodes records and hands them to the host.</summary>
internal sealed class DurableSinkOperator<T>(IDurableSink<T> sink, string uid, IDurableSinkTarget target) : StreamOperator, IInput<T>
{
    private readonly DataWriter _record = new();

    public void OnBatch(RecordBatch<T> batch)
    {
        ReadOnlySpan<T> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        for (int i = 0; i < values.Length; i++)
        {
            _record.Clear();
            try
            {
                sink.Encode(values[i], timestamps[i], _record);
            }
            catch (Exception failure) when (Errors.Concerns(failure))
            {
                Errors.OnRecord(failure, values[i], timestamps[i], i);
                continue;
            }

            target.Emit(uid, _record.WrittenSpan);
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
        // Every record has been handed over.
    }
}

/// <summary>Takes encoded sink records of the operation under way.</summary>
internal interface IDurableSinkTarget
{
    /// <summary>Takes a record; copied.</summary>
    void Emit(string sinkUid, ReadOnlySpan<byte> record);
}

/// <summary>The outbox that the operation under way writes to.</summary>
internal sealed class OutboxTarget
{
    private ITaskOutput? _current;

    public ITaskOutput Current
    {
        get => _current ?? throw new InvalidOperationException("A task emitted a record outside of an operation.");
        set => _current = value;
    }
}
