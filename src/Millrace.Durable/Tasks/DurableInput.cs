using Millrace.Batches;
using Millrace.Durable.Protocol;
using Millrace.Errors;
using Millrace.Graph;
using Millrace.Serialization;

namespace Millrace.Durable.Tasks;

/// <summary>A typed edge into a stage.</summary>
internal sealed class DurableInput<T>(StreamEdge<T> edge, IInputPort port, int batchSize, OperatorErrors errors) : IDurableInput
{
    private readonly EdgeCodec<T> _codec = new(TypeSerializers.For<T>());
    private readonly RecordBatch<T> _batch = Create(edge, batchSize, errors);

    // Records delivered of the payload under way.
    private int _delivered;

    public void ApplyPositioned(ReadOnlyMemory<byte> payload, long after, RecordSplit split)
    {
        _delivered = 0;
        try
        {
            RecordPayloadReader records = new(payload, after);
            while (records.TryRead(out long position, out ReadOnlyMemory<byte> record))
            {
                DataReader reader = new(record.Span);
                Add(ref reader, new RecordOrigin(split, position));
            }

            Deliver();
        }
        catch (UserCodeException failure) when (Locate(failure, payload, after, split))
        {
            throw;
        }
    }

    public void ApplyRecords(ReadOnlySpan<byte> payload)
    {
        DataReader reader = new(payload);
        while (!reader.AtEnd)
        {
            Add(ref reader, default);
        }

        Deliver();
    }

    private static RecordBatch<T> Create(StreamEdge<T> edge, int batchSize, OperatorErrors errors)
    {
        RecordBatch<T> batch = edge.Partitioning.CreateBatch(batchSize);
        if (errors.Task.IsTracing)
        {
            batch.Origins = new RecordOrigin[batchSize];
        }

        return batch;
    }

    private void Add(ref DataReader reader, RecordOrigin origin)
    {
        (T value, long timestamp) = _codec.Read(ref reader);
        int row = _batch.Count;
        try
        {
            edge.Partitioning.Append(_batch, value, timestamp);
        }
        catch (Exception failure) when (errors.Concerns(failure))
        {
            // A key selector.
            errors.OnRecord(failure, value, timestamp, origin);
            return;
        }

        if (_batch.Origins is { } origins)
        {
            origins[row] = origin;
        }

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
            _delivered += _batch.Count;
            _batch.Clear();
        }
    }

    // Only on the way to failing: the payload is read again to find the record's offset. Does not catch.
    private bool Locate(UserCodeException failure, ReadOnlyMemory<byte> payload, long after, RecordSplit split)
    {
        if (failure.Origin.IsKnown)
        {
            return false;
        }

        long first = -1;
        long last = -1;
        int row = 0;
        RecordPayloadReader records = new(payload, after);
        for (; row < _delivered + _batch.Count && records.TryRead(out long position, out _); row++)
        {
            if (row == _delivered + failure.Row)
            {
                failure.Origin = new RecordOrigin(split, position);
                return false;
            }

            (first, last) = (row == _delivered ? position : first, position);
        }

        failure.LocateBetween(split, first, last);
        return false;
    }
}

/// <summary>An edge into a stage: decodes payloads and delivers them.</summary>
internal interface IDurableInput
{
    /// <summary>Delivers records that were framed with their positions, without those at or below <paramref name="after"/>.</summary>
    /// <param name="payload">The records.</param>
    /// <param name="after">The last position applied before.</param>
    /// <param name="split">The partition that positions are offsets of.</param>
    void ApplyPositioned(ReadOnlyMemory<byte> payload, long after, RecordSplit split);

    /// <summary>Delivers the records of a keyed task.</summary>
    void ApplyRecords(ReadOnlySpan<byte> payload);
}
