using System.Buffers;
using System.IO.Pipelines;

namespace Millrace.DevBroker.Storage;

/// <summary>A segment in pooled chunks that double in size, so that thousands of nearly empty partitions cost little.</summary>
internal sealed class MemorySegment(long baseOffset) : Segment(baseOffset)
{
    private const int FirstChunk = 4 * 1024;
    private const int LargestChunk = 1024 * 1024;

    /// <summary>Below this a copy is cheaper than a write of its own to the socket.</summary>
    private const int CopyBelow = 16 * 1024;

    // Only the writer replaces the array; readers look at chunks below the size they have seen.
    private volatile Chunk[] _chunks = [];

    private readonly record struct Chunk(int Start, byte[] Bytes);

    public override void Read(int position, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            ReadOnlyMemory<byte> piece = Piece(position, destination.Length);
            piece.Span.CopyTo(destination);
            position += piece.Length;
            destination = destination[piece.Length..];
        }
    }

    public override async ValueTask WriteToAsync(PipeWriter output, int position, int length, CancellationToken cancellationToken)
    {
        while (length > 0)
        {
            ReadOnlyMemory<byte> piece = Piece(position, length);
            if (piece.Length < CopyBelow)
            {
                output.Write(piece.Span);
            }
            else
            {
                await output.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
            }

            position += piece.Length;
            length -= piece.Length;
        }
    }

    public override void Flush() { }

    public override void DropTail() { }

    public override void Delete() { }

    protected override void Write(int position, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            Chunk last = _chunks.Length > 0 ? _chunks[^1] : Grow(position);
            if (position >= last.Start + last.Bytes.Length)
            {
                last = Grow(position);
            }

            // A write that failed half-way may have added a chunk already.
            Chunk chunk = position >= last.Start ? last : Find(position);
            Span<byte> target = chunk.Bytes.AsSpan(position - chunk.Start);
            int count = Math.Min(target.Length, bytes.Length);
            bytes[..count].CopyTo(target);
            bytes = bytes[count..];
            position += count;
        }
    }

    protected override void Close()
    {
        foreach (Chunk chunk in _chunks)
        {
            ArrayPool<byte>.Shared.Return(chunk.Bytes);
        }

        _chunks = [];
    }

    private Chunk Grow(int position)
    {
        int size = _chunks.Length == 0 ? FirstChunk : Math.Min(_chunks[^1].Bytes.Length * 2, LargestChunk);
        Chunk added = new(position, ArrayPool<byte>.Shared.Rent(size));
        _chunks = [.. _chunks, added];
        return added;
    }

    private ReadOnlyMemory<byte> Piece(int position, int length)
    {
        Chunk chunk = Find(position);
        int within = position - chunk.Start;
        return chunk.Bytes.AsMemory(within, Math.Min(length, chunk.Bytes.Length - within));
    }

    private Chunk Find(int position)
    {
        Chunk[] chunks = _chunks;
        int low = 0,
            high = chunks.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (chunks[middle].Start <= position)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return chunks[low];
    }
}
