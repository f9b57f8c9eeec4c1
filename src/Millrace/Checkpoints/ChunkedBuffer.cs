using System.Buffers;

namespace Millrace.Checkpoints;

/// <summary>Bytes appended to pooled chunks: grows without copying what it has, and is handed to a store as one sequence.</summary>
/// <param name="firstChunkSize">Bytes of the first chunk.</param>
/// <param name="pool">Where large chunks come from; <see langword="null"/> = memory.</param>
internal sealed class ChunkedBuffer(int firstChunkSize = ChunkedBuffer.DefaultChunkSize, MappedChunks? pool = null) : IDisposable
{
    private const int DefaultChunkSize = 16 * 1024;
    private const int MaxChunkSize = 1024 * 1024;

    private readonly List<Chunk> _chunks = [];
    private readonly List<int> _used = [];
    private int _last = -1;

    public long Length { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_last < 0 || _used[_last] == _chunks[_last].Memory.Length)
            {
                AddChunk();
            }

            int used = _used[_last];
            int count = Math.Min(bytes.Length, _chunks[_last].Memory.Length - used);
            bytes[..count].CopyTo(_chunks[_last].Memory.Span[used..]);
            _used[_last] = used + count;
            Length += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Changes one of the first bytes.</summary>
    public void Patch(int offset, byte value) => _chunks[0].Memory.Span[offset] = value;

    /// <summary>Appends the bytes of another buffer by taking its chunks; it is empty then.</summary>
    public void TakeOver(ChunkedBuffer other)
    {
        _chunks.AddRange(other._chunks);
        _used.AddRange(other._used);
        _last = _chunks.Count - 1;
        Length += other.Length;
        other._chunks.Clear();
        other.Dispose();
    }

    /// <summary>The bytes appended so far; valid until the next <see cref="Append"/> or <see cref="Dispose"/>.</summary>
    public ReadOnlySequence<byte> AsSequence()
    {
        if (_last < 0)
        {
            return ReadOnlySequence<byte>.Empty;
        }

        Segment first = new(_chunks[0].Memory[.._used[0]], runningIndex: 0);
        Segment last = first;
        for (int i = 1; i <= _last; i++)
        {
            last = last.Append(_chunks[i].Memory[.._used[i]]);
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    public void Dispose()
    {
        foreach (Chunk chunk in _chunks)
        {
            if (chunk.Array is { } array)
            {
                ArrayPool<byte>.Shared.Return(array);
            }
            else
            {
                chunk.Pool!.Return(chunk.Memory);
            }
        }

        _chunks.Clear();
        _used.Clear();
        _last = -1;
        Length = 0;
    }

    private void AddChunk()
    {
        int size = (int)Math.Clamp(Length, firstChunkSize, MaxChunkSize);
        if (pool is not null && size >= MappedChunks.ChunkSize)
        {
            _chunks.Add(new Chunk(pool.Rent(), Array: null, pool));
        }
        else
        {
            byte[] array = ArrayPool<byte>.Shared.Rent(size);
            _chunks.Add(new Chunk(array, array, Pool: null));
        }

        _used.Add(0);
        _last++;
    }

    private readonly record struct Chunk(Memory<byte> Memory, byte[]? Array, MappedChunks? Pool);

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long runningIndex)
        {
            Memory = memory;
            RunningIndex = runningIndex;
        }

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            Segment next = new(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
