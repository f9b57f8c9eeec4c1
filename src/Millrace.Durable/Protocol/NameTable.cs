using Millrace.Serialization;

namespace Millrace.Durable.Protocol;

/// <summary>The few names of a job, kept so that decoding an envelope allocates no strings.</summary>
internal static class NameTable
{
    private const int Slots = 256;
    private static readonly Entry?[] Names = new Entry?[Slots];

    public static string Get(ReadOnlySpan<byte> utf8)
    {
        uint hash = 2166136261u;
        foreach (byte b in utf8)
        {
            hash = (hash ^ b) * 16777619;
        }

        ref Entry? slot = ref Names[hash % Slots];
        Entry? known = Volatile.Read(ref slot);
        if (known is not null && utf8.SequenceEqual(known.Utf8))
        {
            return known.Name;
        }

        Entry entry = new(utf8.ToArray(), Wtf8.GetString(utf8));
        Volatile.Write(ref slot, entry);
        return entry.Name;
    }

    private sealed record Entry(byte[] Utf8, string Name);
}
