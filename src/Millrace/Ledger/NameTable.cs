using Millrace.Serialization;

namespace Millrace.Ledger;

/// <summary>The few names of a job, kept so that decoding an envelope allocates no strings.</summary>
internal static class NameTable
{
    private const int Slots = 256;
    private static readonly Entry?[] Names = new Entry?[Slots];

    public static string Get(ReadOnlySpan<byte> utf8)
    {
        var hash = 2166136261u;
        foreach (var b in utf8)
        {
            hash = (hash ^ b) * 16777619;
        }

        ref var slot = ref Names[hash % Slots];
        var known = Volatile.Read(ref slot);
        if (known is not null && utf8.SequenceEqual(known.Utf8))
        {
            return known.Name;
        }

        var entry = new Entry(utf8.ToArray(), Wtf8.GetString(utf8));
        Volatile.Write(ref slot, entry);
        return entry.Name;
    }

    private sealed record Entry(byte[] Utf8, string Name);
}
