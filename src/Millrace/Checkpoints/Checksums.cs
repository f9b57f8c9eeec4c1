using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace Millrace.Checkpoints;

/// <summary>
/// Checksums (XxHash3) of stored objects: of an indented JSON object as its last member, over all that stands before it; of other bytes as
/// a trailer, <c>"XXH3"</c> and 8 bytes, little-endian. What has none was written before there were checksums and is taken as it is.
/// </summary>
internal static class Checksums
{
    private const int Digits = 16;
    private const int TrailerSize = 12;

    private static ReadOnlySpan<byte> ObjectEnd => "\n}"u8;

    private static ReadOnlySpan<byte> MemberBegin => ",\n  \"checksum\": \""u8;

    private static ReadOnlySpan<byte> MemberEnd => "\"\n}"u8;

    private static ReadOnlySpan<byte> Magic => "XXH3"u8;

    /// <summary>A checksum in hexadecimal digits.</summary>
    public static string TextOf(ulong checksum) => checksum.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>An indented JSON object with its checksum.</summary>
    public static ReadOnlySequence<byte> SealJson(ReadOnlySpan<byte> json)
    {
        if (!json.EndsWith(ObjectEnd))
        {
            throw new ArgumentException("Only an indented JSON object can hold its checksum.", nameof(json));
        }

        ReadOnlySpan<byte> members = json[..^ObjectEnd.Length];
        return new([.. members, .. MemberBegin, .. Encoding.ASCII.GetBytes(TextOf(XxHash3.HashToUInt64(members))), .. MemberEnd]);
    }

    /// <summary>Bytes with their checksum.</summary>
    public static ReadOnlySequence<byte> Seal(ReadOnlySpan<byte> bytes)
    {
        byte[] sealedBytes = new byte[bytes.Length + TrailerSize];
        bytes.CopyTo(sealedBytes);
        Magic.CopyTo(sealedBytes.AsSpan(bytes.Length));
        BinaryPrimitives.WriteUInt64LittleEndian(sealedBytes.AsSpan(bytes.Length + Magic.Length), XxHash3.HashToUInt64(bytes));
        return new(sealedBytes);
    }

    /// <summary>Bytes with their checksum behind them; they are not copied.</summary>
    public static ReadOnlySequence<byte> Seal(ReadOnlySequence<byte> bytes)
    {
        XxHash3 hash = new();
        SequenceSegment first = new(ReadOnlyMemory<byte>.Empty);
        SequenceSegment last = first;
        foreach (ReadOnlyMemory<byte> memory in bytes)
        {
            hash.Append(memory.Span);
            last = last.Append(memory);
        }

        byte[] trailer = new byte[TrailerSize];
        Magic.CopyTo(trailer);
        BinaryPrimitives.WriteUInt64LittleEndian(trailer.AsSpan(Magic.Length), hash.GetCurrentHashAsUInt64());
        last = last.Append(trailer);
        return new(first, 0, last, trailer.Length);
    }

    /// <summary>What is wrong with a JSON object, or <see langword="null"/>.</summary>
    public static string? FaultOfJson(ReadOnlySpan<byte> json)
    {
        int end = json.Length - MemberEnd.Length - Digits;
        int begin = end - MemberBegin.Length;
        return begin >= 0 && json.EndsWith(MemberEnd) && json[begin..end].SequenceEqual(MemberBegin)
            ? Compare(TextOf(XxHash3.HashToUInt64(json[..begin])), Encoding.ASCII.GetString(json.Slice(end, Digits)))
            : null;
    }

    /// <summary>The bytes that were sealed.</summary>
    /// <exception cref="InvalidDataException">They are damaged.</exception>
    public static ReadOnlyMemory<byte> Open(StoredObject stored, string name)
    {
        ReadOnlyMemory<byte> content = stored.Content;
        if (content.Length < TrailerSize || !content.Span[^TrailerSize..].StartsWith(Magic))
        {
            return content;
        }

        ReadOnlyMemory<byte> bytes = content[..^TrailerSize];
        string? fault = Compare(
            TextOf(XxHash3.HashToUInt64(bytes.Span)),
            TextOf(BinaryPrimitives.ReadUInt64LittleEndian(content.Span[^8..]))
        );
        return fault is null
            ? bytes
            : throw new InvalidDataException(
                $"'{name}' ({content.Length} bytes) is damaged: {fault} Put it back from a backup, or start the job from a savepoint."
            );
    }

    private static string? Compare(string actual, string expected) =>
        string.Equals(actual, expected, StringComparison.Ordinal) ? null : $"Its checksum is {actual} instead of {expected}.";
}
