using System.Buffers.Binary;

namespace Millrace.Embedded.Hosting;

/// <summary>Knows files by their first bytes.</summary>
internal static class FileFormats
{
    /// <summary>How many bytes it takes.</summary>
    public const int Length = 64;

    private const int Utf16Characters = 8;
    private const uint FirstSkippableFrame = 0x184D2A50;
    private const uint LastSkippableFrame = 0x184D2A5F;

    /// <summary>The one format that is read.</summary>
    public static FileFormat Gzip { get; } = new("gzip", "gzip -dc");

    private static FileFormat Zstd { get; } = new("zstd", "zstd -dc");

    public static bool HasUtf8Mark(ReadOnlySpan<byte> start) => start.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]);

    /// <summary>The format; <see langword="null"/> = nothing speaks against lines of text.</summary>
    /// <param name="start">The first bytes of the file, at most <see cref="Length"/>.</param>
    public static FileFormat? Of(ReadOnlySpan<byte> start) =>
        start switch
        {
            [0x1F, 0x8B, ..] => Gzip,
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Zstd,
            [_, 0x2A, 0x4D, 0x18, ..]
                when BinaryPrimitives.ReadUInt32LittleEndian(start) is >= FirstSkippableFrame and <= LastSkippableFrame => Zstd,
            [0x42, 0x5A, 0x68, >= 0x31 and <= 0x39, 0x31, 0x41, 0x59, 0x26, ..]
            or [0x42, 0x5A, 0x68, >= 0x31 and <= 0x39, 0x17, 0x72, 0x45, 0x38, ..] => new FileFormat("bzip2", "bzip2 -dc"),
            [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, ..] => new FileFormat("xz", "xz -dc"),
            [0x4C, 0x5A, 0x49, 0x50, 0x01, ..] => new FileFormat("lzip", "lzip -dc"),
            [0x50, 0x4B, 0x03, 0x04, ..] or [0x50, 0x4B, 0x05, 0x06, ..] => new FileFormat("zip", "unzip -p"),
            [0x04, 0x22, 0x4D, 0x18, ..] => new FileFormat("lz4", "lz4 -dc"),
            [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, ..] => new FileFormat("7z", "7z x -so"),
            [0x1F, 0x9D, ..] => new FileFormat("compress (.Z)", "gzip -dc"),
            [0xFF, 0xFE, 0x00, 0x00, ..] or [0x00, 0x00, 0xFE, 0xFF, ..] => new FileFormat("UTF-32", "iconv -f UTF-32 -t UTF-8"),
            [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => new FileFormat("UTF-16", "iconv -f UTF-16 -t UTF-8"),
            _ when IsUtf16(start, zerosAt: 1) => new FileFormat("UTF-16", "iconv -f UTF-16LE -t UTF-8"),
            _ when IsUtf16(start, zerosAt: 0) => new FileFormat("UTF-16", "iconv -f UTF-16BE -t UTF-8"),
            _ => null,
        };

    // Without a mark: ASCII in two bytes each, of which one is always zero.
    private static bool IsUtf16(ReadOnlySpan<byte> start, int zerosAt)
    {
        if (start.Length < Utf16Characters)
        {
            return false;
        }

        for (int i = 0; i + 1 < Utf16Characters; i += 2)
        {
            if (start[i + zerosAt] != 0 || start[i + 1 - zerosAt] is 0 or > 0x7F)
            {
                return false;
            }
        }

        return true;
    }
}
