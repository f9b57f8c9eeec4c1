namespace Millrace.DevBroker.Protocol;

/// <summary>
/// A field of record batches. Read from a request it is a writable slice of the request's buffer, valid until the request has been handled;
/// in a response it usually is a <see cref="Source"/>.
/// </summary>
internal struct RecordsField
{
    public Memory<byte>? Bytes;
    public IRecordsSource? Source;
}
