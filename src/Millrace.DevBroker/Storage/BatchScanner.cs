using System.Buffers;

namespace Millrace.DevBroker.Storage;

/// <summary>Goes through the batch headers of a segment from a known batch start on, up to a position.</summary>
internal sealed class BatchScanner : IDisposable
{
    private const int BufferBytes = SparseIndex.Interval;
    private readonly Segment _segment;
    private readonly int _end;
    private byte[]? _buffer;
    private int _bufferStart;
    private int _bufferLength;
    private int _next;

    public BatchScanner(Segment segment, int position, int end)
    {
        _segment = segment;
        _end = end;
        _next = position;
    }

    /// <summary>Where the current batch starts.</summary>
    public int Position { get; private set; }

    public BatchHeader Current { get; private set; }

    public bool MoveNext()
    {
        if (_end - _next < BatchHeader.Bytes)
        {
            return false;
        }

        if (_buffer is null || _next + BatchHeader.Bytes > _bufferStart + _bufferLength || _next < _bufferStart)
        {
            Fill();
        }

        if (!BatchHeader.TryRead(_buffer.AsSpan(_next - _bufferStart, BatchHeader.Bytes), out BatchHeader header))
        {
            throw new InvalidDataException(
                $"The segment at offset {_segment.BaseOffset} has no batch at position {_next}. Its file was changed by someone else; "
                    + "delete the topic or the broker's directory."
            );
        }

        Position = _next;
        Current = header;
        _next = (int)Math.Min(_next + header.TotalBytes, _end);
        return true;
    }

    public void Dispose()
    {
        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = null;
    }

    private void Fill()
    {
        _buffer ??= ArrayPool<byte>.Shared.Rent(BufferBytes);
        _bufferStart = _next;
        _bufferLength = Math.Min(_buffer.Length, _end - _next);
        _segment.Read(_next, _buffer.AsSpan(0, _bufferLength));
    }
}
