using System.Buffers;

namespace Millrace.Checkpoints;

/// <summary>
/// The finished part of a task, ready to be stored. Its buffers go back to the pool on <see cref="Dispose"/>: dispose it once the store has
/// it.
/// </summary>
internal sealed class TaskSnapshot : IDisposable
{
    private readonly ChunkedBuffer _buffer;

    internal TaskSnapshot(ChunkedBuffer buffer, ulong checksum, bool hasOperatorState)
    {
        _buffer = buffer;
        Content = buffer.AsSequence();
        Size = buffer.Length;
        Checksum = checksum;
        HasOperatorState = hasOperatorState;
    }

    /// <summary>The bytes, in the format of <see cref="TaskSnapshotFormat"/>; valid until <see cref="Dispose"/>.</summary>
    public ReadOnlySequence<byte> Content { get; }

    /// <summary>Number of bytes.</summary>
    public long Size { get; }

    /// <summary>XxHash3 of all bytes.</summary>
    public ulong Checksum { get; }

    /// <summary>Whether the part holds sections that every task wants at a restore, not just the owners of its key groups.</summary>
    public bool HasOperatorState { get; }

    public void Dispose() => _buffer.Dispose();
}
