using System.Buffers;

namespace Millrace.AzureBlobs;

/// <summary>Reads a sequence as a stream, without copying it. Seekable, so that the SDK can send it again.</summary>
internal sealed class SequenceStream : Stream
{
    private readonly ReadOnlySequence<byte> _sequence;
    private ReadOnlySequence<byte> _rest;

    public SequenceStream(ReadOnlySequence<byte> sequence)
    {
        _sequence = sequence;
        _rest = sequence;
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _sequence.Length;

    public override long Position
    {
        get => _sequence.Length - _rest.Length;
        set => _rest = _sequence.Slice(value);
    }

    public override int Read(Span<byte> buffer)
    {
        int count = (int)Math.Min(buffer.Length, _rest.Length);
        _rest.Slice(0, count).CopyTo(buffer);
        _rest = _rest.Slice(count);
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        Task.FromResult(Read(buffer.AsSpan(offset, count)));

    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        foreach (ReadOnlyMemory<byte> segment in _rest)
        {
            await destination.WriteAsync(segment, cancellationToken).ConfigureAwait(false);
        }

        _rest = _rest.Slice(_rest.End);
    }

    public override long Seek(long offset, SeekOrigin origin) =>
        Position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => Position + offset,
            _ => Length + offset,
        };

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
