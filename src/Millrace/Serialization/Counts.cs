namespace Millrace.Serialization;

/// <summary>Lengths of collections: count + 1, 0 for <see langword="null"/>.</summary>
internal static class Counts
{
    public static void Write(DataWriter writer, int count) => writer.WriteVarUInt64((ulong)count + 1);

    public static void WriteNull(DataWriter writer) => writer.WriteByte(0);

    /// <summary>
    /// The count, or -1 for <see langword="null"/>. Each element takes at least one byte, so a count that cannot be true is refused before
    /// anything is allocated.
    /// </summary>
    public static int Read(ref DataReader reader) => Read(ref reader, out _);

    /// <summary>The count, and the comparer before it where there is one.</summary>
    public static int Read(ref DataReader reader, out StringComparer? comparer)
    {
        comparer = null;
        ulong value = reader.ReadVarUInt64();
        if (value > (ulong)reader.Remaining + 1)
        {
            if (value != KnownComparers.Mark)
            {
                Throw(value - 1, reader.Position, reader.Remaining);
            }

            comparer = KnownComparers.ReadBehindMark(ref reader);
            value = reader.ReadVarUInt64();
            if (value > (ulong)reader.Remaining + 1)
            {
                Throw(value - 1, reader.Position, reader.Remaining);
            }
        }

        return (int)value - 1;
    }

    private static void Throw(ulong count, int position, int remaining) =>
        throw new InvalidDataException(
            $"A collection of {count} elements at byte {position} exceeds the {remaining} bytes left; the data is truncated or not in "
                + "Millrace's format."
        );
}
