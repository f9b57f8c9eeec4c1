using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Millrace.Serialization;

/// <summary>
/// UTF-8 for any string: a surrogate without its partner, which UTF-8 does not know, takes the three bytes of its number (WTF-8), so that
/// every string is read back as it was. Valid text has the bytes of UTF-8.
/// </summary>
internal static class Wtf8
{
    private const byte SurrogateLead = 0xED;

    /// <summary>A replacement character is as long as the lone surrogate that it would stand for.</summary>
    public static int GetByteCount(string text) => Encoding.UTF8.GetByteCount(text);

    public static int GetBytes(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        OperationStatus status = Utf8.FromUtf16(text, bytes, out int read, out int written, replaceInvalidSequences: false);
        return status == OperationStatus.Done ? written : GetIllFormedBytes(text, bytes, read, written, status);
    }

    public static string GetString(ReadOnlySpan<byte> bytes)
    {
        int lead = bytes.IndexOf(SurrogateLead);
        return lead < 0 || (lead = FindSurrogate(bytes, lead)) < 0 ? Encoding.UTF8.GetString(bytes) : GetIllFormedString(bytes, lead);
    }

    /// <summary>Whether a text has no lone surrogates.</summary>
    public static bool IsWellFormed(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i])))
            {
                return false;
            }
        }

        return true;
    }

    private static int GetIllFormedBytes(ReadOnlySpan<char> text, Span<byte> bytes, int read, int written, OperationStatus status)
    {
        while (status == OperationStatus.InvalidData)
        {
            char lone = text[read++];
            bytes[written++] = SurrogateLead;
            bytes[written++] = (byte)(0x80 | ((lone >> 6) & 0x3F));
            bytes[written++] = (byte)(0x80 | (lone & 0x3F));
            status = Utf8.FromUtf16(text[read..], bytes[written..], out int moreRead, out int moreWritten, replaceInvalidSequences: false);
            read += moreRead;
            written += moreWritten;
        }

        return status == OperationStatus.Done
            ? written
            : throw new ArgumentException($"{text.Length} characters do not fit into {bytes.Length} bytes.", nameof(bytes));
    }

    private static string GetIllFormedString(ReadOnlySpan<byte> bytes, int lone)
    {
        char[] text = new char[bytes.Length];
        int length = 0;
        for (; lone >= 0; lone = FindSurrogate(bytes, 0))
        {
            length += Encoding.UTF8.GetChars(bytes[..lone], text.AsSpan(length));
            text[length++] = (char)(0xD000 | ((bytes[lone + 1] & 0x3F) << 6) | (bytes[lone + 2] & 0x3F));
            bytes = bytes[(lone + 3)..];
        }

        length += Encoding.UTF8.GetChars(bytes, text.AsSpan(length));
        return new string(text, 0, length);
    }

    private static int FindSurrogate(ReadOnlySpan<byte> bytes, int from)
    {
        for (int i = from; i + 2 < bytes.Length; i++)
        {
            if (bytes[i] == SurrogateLead && bytes[i + 1] is >= 0xA0 and <= 0xBF && bytes[i + 2] is >= 0x80 and <= 0xBF)
            {
                return i;
            }
        }

        return -1;
    }
}
