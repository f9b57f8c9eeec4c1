using System.Runtime.CompilerServices;

namespace Millrace.State;

/// <summary>Hashes and compares keys the same way in every process, on every host and for the life of the state.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
public interface IKeyHasher<TKey>
    where TKey : notnull
{
    /// <summary>
    /// The stable 32-bit hash of a key. All 32 bits must be well mixed: the high bits pick the key group, the low bits the bucket.
    /// </summary>
    /// <param name="key">The key.</param>
    uint Hash(TKey key);

    /// <summary>Whether two keys are the same key.</summary>
    /// <param name="left">One key.</param>
    /// <param name="right">The other key.</param>
    bool Equals(TKey left, TKey right);
}

/// <summary>A hasher whose keys are compared by their own equality, so that tables may compare them inline.</summary>
internal abstract class KeyHasher<TKey> : IKeyHasher<TKey>
    where TKey : notnull
{
    public abstract uint Hash(TKey key);

    public bool Equals(TKey left, TKey right) => EqualityComparer<TKey>.Default.Equals(left, right);
}

/// <summary>Finalizers of stable hashes. Part of the state's format: a change here would send keys to other key groups.</summary>
internal static class HashMixing
{
    /// <summary>Mixes 64 bits into 32 (the finalizer of SplitMix64, upper half).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Mix(ulong value) => (uint)(Mix64(value) >> 32);

    /// <summary>Mixes 64 bits (the finalizer of SplitMix64).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix64(ulong value)
    {
        value += 0x9E3779B97F4A7C15UL;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Combine(uint first, uint second) => Mix(((ulong)first << 32) | second);
}
