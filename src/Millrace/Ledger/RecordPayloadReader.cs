namespace Millrace.Ledger;

/// <summary>Reads the records that <see cref="RecordPayloadWriter"/> framed, without those at or below a position.</summary>
internal struct RecordPayloadReader(ReadOnlyMemory<byte> payload, long after)
{
    private WireReader _reader = new(payload, "Record payload");

    public bool TryRead(out long position, out ReadOnlyMemory<byte> record)
    {
        while (_reader.Remaining > 0)
        {
            position = _reader.Signed();
            record = _reader.Bytes();
            if (position > after)
            {
                return true;
            }
        }

        (position, record) = (-1, default);
        return false;
    }
}
