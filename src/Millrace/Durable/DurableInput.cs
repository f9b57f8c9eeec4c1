using Millrace.Batches;
using Millrace.Graph;
using Millrace.Ledger;
using Millrace.Serialization;

namespace Millrace.Durable;

/// <summary>A typed edge into a stage.</summary>
internal sealed class DurableInput<T>(StreamEdge<T> edge, IInputPort port, int batchSize) : IDurableInput
{
    private readonly EdgeCodec<T> _codec = new(edge, TypeSerializers.For<T>());
    private readonly RecordBatch<T> _batch = edge.Partitioning.CreateBatch(batchSize);

    public void ApplyPositioned(ReadOnlyMemory<byte> payload, long after)
    {
        RecordPayloadReader records = new(payload, after);
        while (records.TryRead(out _, out ReadOnlyMemory<byte> record))
        {
            DataReader reader = new(record.Span);
            Add(ref reader);
        }

        Deliver();
    }

    public void ApplyRecords(ReadOnlySpan<byte> payload)
    {
        DataReader reader = new(payload);
        while (!reader.AtEnd)
        {
            Add(ref reader);
        }

        Deliver();
    }

    private void Add(ref DataReader reader)
    {
        _codec.Read(ref reader, _batch);
        if (_batch.IsFull)
        {
            Deliver();
        }
    }

    private void Deliver()
    {
        if (_batch.Count > 0)
        {
            port.OnBatch(_batch);
            _batch.Clear();
        }
    }
}
