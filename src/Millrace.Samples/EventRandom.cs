using System.Runtime.CompilerServices;

namespace Millrace.Samples;

/// <summary>
/// Random numbers that belong to one event: SplitMix64 seeded with the event's number, so that any event can be made again without those
/// before it.
/// </summary>
internal struct EventRandom(long seed, long eventNumber)
{
    private const ulong Golden = 0x9E37_79B9_7F4A_7C15;
    private ulong _state = Mix((ulong)seed + ((ulong)eventNumber * Golden));

    /// <summary>A number in [0, <paramref name="bound"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Next(int bound) => (int)(((Next() >> 32) * (uint)bound) >> 32);

    /// <summary>A number in [0, <paramref name="bound"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Next(long bound) => (long)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>A number in [0, 1).</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Next() => Mix(_state += Golden);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}
