namespace Millrace.Checkpoints;

/// <summary>
/// The bytes of a task's part of a checkpoint, version 1:
/// <code>
/// header   "MRTS", version (1 byte), 3 zero bytes
/// sections their bytes one after the other, in the order written
/// index    operators: count { uid, names: count { name, kind (1 byte), sections: count { [key group, when keyed], offset, length } } }
/// footer   offset of the index (8 bytes), length of the index (4 bytes), XxHash3 of the index (8 bytes), "STRM"
/// </code>
/// Offsets count from the first byte of the header. Numbers of the index are LEB128, those of the footer little-endian.
/// </summary>
internal static class TaskSnapshotFormat
{
    public const byte Version = 1;

    public const byte OperatorSection = 0;

    public const byte KeyedSection = 1;

    public const int HeaderSize = 8;

    public const int FooterSize = 24;

    public static ReadOnlySpan<byte> HeaderMagic => "MRTS"u8;

    public static ReadOnlySpan<byte> FooterMagic => "STRM"u8;
}
