using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Millrace.Samples;

/// <summary>
/// Keeps the strings that come again and again, so that parsing them allocates nothing. A cache, not a set: a slot forgets its string when
/// another comes. One thread at a time.
/// </summary>
internal sealed class StringPool(int slots = 1 << 14)
{
    private readonly string?[] _strings = new string?[BitOperations.RoundUpToPowerOf2((uint)slots)];

    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
        {
            return "";
        }

        ref string? slot = ref _strings[Hash(utf8) & (uint)(_strings.Length - 1)];
        return slot is { } known && Ascii.Equals(utf8, known) ? known : slot = Encoding.UTF8.GetString(utf8);
    }

    private static uint Hash(ReadOnlySpan<byte> bytes)
    {
        const ulong Prime = 0x9E37_79B9_7F4A_7C15;
        ulong hash = (ulong)bytes.Length * Prime;
        while (bytes.Length >= sizeof(ulong))
        {
            hash = (BitOperations.RotateLeft(hash, 29) ^ MemoryMarshal.Read<ulong>(bytes)) * Prime;
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte b in bytes)
        {
            hash = (hash ^ b) * Prime;
        }

        return (uint)(hash >> 40);
    }
}
