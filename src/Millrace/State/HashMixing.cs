using System.Runtime.CompilerServices;

namespace Millrace.State;

/// <summary>Finalizers of stable hashes. Part of the state's format: a change here would send keys to other key groups.</summary>
internal static class HashMixing
{
    /// <summary>Mixes 64 bits into 32 (the finalizer of SplitMix64, upper half).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15UL;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return (uint)((value ^ (value >> 31)) >> 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Combine(uint first, uint second) => Mix(((ulong)first << 32) | second);
}
