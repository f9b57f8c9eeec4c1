using System.Buffers;

namespace Millrace.Checkpoints;

/// <summary>Bytes appended to pooled chunks: grows without copying what it has, and is handed to a store as one sequence.</summary>
/// <param name="firstChunkSize">Bytes of the first chunk.</param>
/// <param name="pool">Where large chunks come from; <see langword="null"/> = memory.</param>
internal sealed class ChunkedBuffer(int firstChunkSize = ChunkedBuffer.DefaultChunkSize, MappedChunks? pool = null) : IDisposable
{
    private const int DefaultChunkSize = 16 * 1024;
    private const int MaxChunkSize = 1024 * 1024;

    // A buffer per key group, of some sizes each, is more than the shared pool keeps: what it does not keep is cleared, and collected, with
    // each checkpoint, while records wait. Takes 64 MB at the most.
    private const int MaxPooledSize = 256 * 1024;
    private const int MostPooled = 128;
    private static readonly ArrayPool<byte> Pool = ArrayPool<byte>.Create(MaxPooledSize, MostPooled);

    // Chunks cost more than to copy so much.
    private const int MostCopied = 1024;

    private readonly List<Chunk> _chunks = new(1);

    // What is left of the last chunk. How much of it is used is noted when the next one comes.
    private Memory<byte> _free;

    public long Length { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_free.IsEmpty)
            {
                AddChunk();
            }

            int count = Math.Min(bytes.Length, _free.Length);
            bytes[..count].CopyTo(_free.Span);
            _free = _free[count..];
            Length += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Changes one of the first bytes.</summary>
    public void Patch(int offset, byte value) => _chunks[0].Memory.Span[offset] = value;

    /// <summary>Appends the bytes of another buffer by taking its chunks, unless they are few; it is empty then.</summary>
    public void TakeOver(ChunkedBuffer other)
    {
        other.NoteUsed();
        if (other.Length <= MostCopied)
        {
            foreach (Chunk chunk in other._chunks)
            {
                Append(chunk.Memory.Span[..chunk.Used]);
            }

            other.Dispose();
            return;
        }

        NoteUsed();
        _chunks.AddRange(other._chunks);
        _free = other._free;
        Length += other.Length;
        other._chunks.Clear();
        other.Dispose();
    }

    /// <summary>The bytes appended so far; valid until the next <see cref="Append"/> or <see cref="Dispose"/>.</summary>
    public ReadOnlySequence<byte> AsSequence()
    {
        if (_chunks.Count == 0)
        {
            return ReadOnlySequence<byte>.Empty;
        }

        NoteUsed();
        SequenceSegment first = new(_chunks[0].Memory[.._chunks[0].Used]);
        SequenceSegment last = first;
        for (int i = 1; i < _chunks.Count; i++)
        {
            last = last.Append(_chunks[i].Memory[.._chunks[i].Used]);
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    public void Dispose()
    {
        foreach (Chunk chunk in _chunks)
        {
            if (chunk.Array is { } array)
            {
                PoolOf(array.Length).Return(array);
            }
            else
            {
                chunk.Pool!.Return(chunk.Memory);
            }
        }

        _chunks.Clear();
        _free = default;
        Length = 0;
    }

    private static ArrayPool<byte> PoolOf(int size) => size <= MaxPooledSize ? Pool : ArrayPool<byte>.Shared;

    private void NoteUsed()
    {
        if (_chunks.Count > 0)
        {
            _chunks[^1] = _chunks[^1] with { Used = _chunks[^1].Memory.Length - _free.Length };
        }
    }

    private void AddChunk()
    {
        NoteUsed();
        int size = (int)Math.Clamp(Length, firstChunkSize, MaxChunkSize);
        if (pool is not null && size >= MappedChunks.ChunkSize)
        {
            _chunks.Add(new Chunk(pool.Rent(), Array: null, pool));
        }
        else
        {
            byte[] array = PoolOf(size).Rent(size);
            _chunks.Add(new Chunk(array, array, Pool: null));
        }

        _free = _chunks[^1].Memory;
    }

    private readonly record struct Chunk(Memory<byte> Memory, byte[]? Array, MappedChunks? Pool, int Used = 0);
}
