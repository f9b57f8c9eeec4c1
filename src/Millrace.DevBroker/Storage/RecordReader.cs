namespace Millrace.DevBroker.Storage;

/// <summary>
/// Goes through the records of an uncompressed batch. It trusts nothing: records come from clients, and only the batch's checksum has been
/// checked.
/// </summary>
internal ref struct RecordReader(ReadOnlySpan<byte> batch)
{
    private readonly ReadOnlySpan<byte> _batch = batch;
    private int _position = BatchHeader.Bytes;
    private int _end;

    /// <summary>Where the current record is in the batch, its length field included.</summary>
    public Range Range { get; private set; }

    public long TimestampDelta { get; private set; }

    public int OffsetDelta { get; private set; }

    public bool HasKey { get; private set; }

    public ReadOnlySpan<byte> Key { get; private set; }

    public bool HasValue { get; private set; }

    /// <summary>False at the end, and where the bytes are no record.</summary>
    public bool MoveNext()
    {
        int start = _position;
        if (start >= _batch.Length || !TryVarint(_batch.Length, out long length) || length < 1 || length > _batch.Length - _position)
        {
            return false;
        }

        _end = _position + (int)length;
        _position++; // attributes, of which there are none
        if (!TryVarint(_end, out long timestampDelta) || !TryVarint(_end, out long offsetDelta) || !TryVarint(_end, out long keyLength))
        {
            return false;
        }

        if (keyLength > _end - _position)
        {
            return false;
        }

        TimestampDelta = timestampDelta;
        OffsetDelta = (int)offsetDelta;
        HasKey = keyLength >= 0;
        Key = HasKey ? _batch.Slice(_position, (int)keyLength) : default;
        _position += (int)Math.Max(keyLength, 0);
        if (!TryVarint(_end, out long valueLength))
        {
            return false;
        }

        HasValue = valueLength >= 0;
        Range = start.._end;
        _position = _end;
        return true;
    }

    private bool TryVarint(int end, out long value)
    {
        ulong raw = 0;
        for (int shift = 0; shift < 64 && _position < end; shift += 7)
        {
            byte part = _batch[_position++];
            raw |= (ulong)(part & 0x7f) << shift;
            if ((part & 0x80) != 0)
            {
                continue;
            }

            value = (long)(raw >> 1) ^ -(long)(raw & 1);
            return true;
        }

        value = 0;
        return false;
    }
}
