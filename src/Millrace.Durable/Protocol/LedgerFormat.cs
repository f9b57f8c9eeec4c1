using Millrace.Serialization;

namespace Millrace.Durable.Protocol;

/// <summary>
/// What the formats of this folder have beyond the primitive types: a kind and a version in front, names, channels, and an end that is
/// checked. Whoever reads gives the reader a subject, which every error then names.
/// </summary>
internal static class LedgerFormat
{
    public static void WriteNumber(this DataWriter writer, int value) => writer.WriteVarUInt32((uint)value);

    /// <summary>A name that is never null: kept by <see cref="NameTable"/> where it is read.</summary>
    public static void WriteName(this DataWriter writer, string value)
    {
        int length = Wtf8.GetByteCount(value);
        writer.WriteNumber(length);
        writer.Advance(Wtf8.GetBytes(value, writer.GetSpan(length)));
    }

    public static void WriteChannel(this DataWriter writer, in ChannelId channel)
    {
        writer.WriteName(channel.Edge);
        writer.WriteNumber(channel.Upstream);
        writer.WriteNumber(channel.Downstream);
    }

    /// <summary>Checks the first two bytes and returns the format version.</summary>
    public static byte ReadVersion(ref this DataReader reader, byte kind, byte newest)
    {
        byte actual = reader.ReadByte();
        if (actual != kind)
        {
            throw new InvalidDataException(
                $"{reader.Subject}: the first byte is 0x{actual:x2}, expected 0x{kind:x2}; this is something else."
            );
        }

        byte version = reader.ReadByte();
        if (version == 0 || version > newest)
        {
            throw new InvalidDataException(
                $"{reader.Subject}: written in format version {version}, but this build reads versions 1 to {newest}; run the build that "
                    + "wrote it or a newer one."
            );
        }

        return version;
    }

    /// <summary>A number of anything but what follows: unlike a count, it may be larger than what remains.</summary>
    public static int ReadNumber(ref this DataReader reader)
    {
        ulong value = reader.ReadVarUInt64();
        if (value > int.MaxValue)
        {
            throw new InvalidDataException($"{reader.Subject}: a count is {value}, more than {int.MaxValue}; the bytes are damaged.");
        }

        return (int)value;
    }

    public static string ReadName(ref this DataReader reader) => NameTable.Get(reader.ReadBytes());

    public static ChannelId ReadChannel(ref this DataReader reader) => new(reader.ReadName(), reader.ReadNumber(), reader.ReadNumber());

    /// <summary>Bytes with their length, as a part of the memory that the reader is on.</summary>
    public static ReadOnlyMemory<byte> ReadSlice(ref this DataReader reader, ReadOnlyMemory<byte> memory)
    {
        int length = reader.ReadBytes().Length;
        return memory.Slice(reader.Position - length, length);
    }

    public static void ReadEnd(ref this DataReader reader)
    {
        if (!reader.AtEnd)
        {
            throw new InvalidDataException($"{reader.Subject}: {reader.Remaining} bytes follow its end; the bytes are damaged.");
        }
    }
}
