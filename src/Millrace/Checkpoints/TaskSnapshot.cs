using System.Buffers;
using System.IO.Hashing;

namespace Millrace.Checkpoints;

/// <summary>
/// The finished part of a task, ready to be stored. Its buffers go back to the pool on <see cref="Dispose"/>: dispose it once the store has
/// it.
/// </summary>
internal sealed class TaskSnapshot : IDisposable
{
    private readonly ChunkedBuffer _buffer;

    internal TaskSnapshot(ChunkedBuffer buffer, bool hasOperatorState, int keeps = 0)
    {
        _buffer = buffer;
        Keeps = keeps;
        Content = buffer.AsSequence();
        Size = buffer.Length;
        HasOperatorState = hasOperatorState;
    }

    /// <summary>The bytes, in the format of <see cref="TaskSnapshotFormat"/>; valid until <see cref="Dispose"/>.</summary>
    public ReadOnlySequence<byte> Content { get; }

    /// <summary>Number of bytes.</summary>
    public long Size { get; }

    /// <summary>How many of the task's parts before it the part builds on: the last ones of the last complete checkpoint.</summary>
    public int Keeps { get; }

    /// <summary>Parts that the part builds on and that are of the same checkpoint.</summary>
    public IReadOnlyList<TaskSnapshot> Before { get; init; } = [];

    /// <summary>XxHash3 of all bytes: takes a tenth of a second per gigabyte, which is not the task's.</summary>
    public ulong ComputeChecksum()
    {
        XxHash3 hash = new();
        foreach (ReadOnlyMemory<byte> segment in Content)
        {
            hash.Append(segment.Span);
        }

        return hash.GetCurrentHashAsUInt64();
    }

    /// <summary>Whether the part holds sections that every task wants at a restore, not just the owners of its key groups.</summary>
    public bool HasOperatorState { get; }

    public void Dispose()
    {
        _buffer.Dispose();
        foreach (TaskSnapshot piece in Before)
        {
            piece.Dispose();
        }
    }
}

/// <summary>
/// The bytes of a task's part of a checkpoint, version 1 or, where later parts build on it, 2, or 3 where sections share what they begin
/// with, or 4 where it has ordered sections:
/// <code>
/// header   "MRTS", version (1 byte), 3 zero bytes
/// sections their bytes one after the other, in the order written
/// index    operators: count { uid, names: count { name, kind (1 byte), [what its sections begin with, in version 3],
///          sections: count { [key group, when keyed], offset, length } } }
/// footer   offset of the index (8 bytes), length of the index (4 bytes), XxHash3 of the index (8 bytes), "STRM"
/// </code>
/// Offsets count from the first byte of the header. Numbers of the index are LEB128, those of the footer little-endian. Of the parts before
/// the last one of a task only bases and changes count.
/// </summary>
internal static class TaskSnapshotFormat
{
    public const byte Version = 1;

    public const byte VersionWithChanges = 2;

    public const byte VersionWithHeaders = 3;

    public const byte VersionWithOrder = 4;

    public const byte OperatorSection = 0;

    public const byte KeyedSection = 1;

    /// <summary>Says everything of a key group that was said before or not, and changes may follow.</summary>
    public const byte BaseSection = 2;

    /// <summary>Says what has changed since the section before.</summary>
    public const byte ChangesSection = 3;

    /// <summary>
    /// Says what has changed since the section before, in the order in which it changed: of each change whether the key is there, the key,
    /// and if so its value.
    /// </summary>
    public const byte OrderedSection = 4;

    public const int HeaderSize = 8;

    public const int FooterSize = 24;

    public static ReadOnlySpan<byte> HeaderMagic => "MRTS"u8;

    public static ReadOnlySpan<byte> FooterMagic => "STRM"u8;
}
