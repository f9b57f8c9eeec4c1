using System.Runtime.CompilerServices;

namespace Millrace.State;

/// <summary>The hashes <c>[Start, Start + Length)</c> of neighbouring key groups.</summary>
internal readonly record struct HashRange(uint Start, ulong Length)
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(uint hash) => hash - Start < Length && hash >= Start;

    public static HashRange Of(KeyGroupRange groups, int maxParallelism)
    {
        ulong start = First(groups.Start, maxParallelism);
        return new HashRange((uint)start, First(groups.End, maxParallelism) - start);
    }

    public static HashRange Of(int keyGroup, int maxParallelism) => Of(new KeyGroupRange(keyGroup, keyGroup + 1), maxParallelism);

    /// <summary>Spreads the namespaces of one key over the hashes of its key group.</summary>
    public static uint Spread(uint hash, uint salt, int maxParallelism)
    {
        HashRange range = Of(KeyGroups.KeyGroupOf(hash, maxParallelism), maxParallelism);
        return range.Start + (uint)((HashMixing.Combine(hash, salt) * range.Length) >> 32);
    }

    private static ulong First(int keyGroup, int maxParallelism) =>
        (((ulong)keyGroup << 32) + (uint)maxParallelism - 1) / (uint)maxParallelism;
}
