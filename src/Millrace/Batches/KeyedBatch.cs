using System.Runtime.CompilerServices;

namespace Millrace.Batches;

/// <summary>A batch after <c>KeyBy</c>: beside values and timestamps it has a column of keys and a column of stable key hashes, so that no
/// operator behind the shuffle extracts or hashes a key again. The key group of a record follows from its hash
/// (<see cref="State.KeyGroups.KeyGroupOf"/>).</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="T">Type of the values.</typeparam>
internal sealed class KeyedBatch<TKey, T> : RecordBatch<T>
    where TKey : notnull
{
    private readonly TKey[] _keys;
    private readonly uint[] _hashes;

    /// <summary>Creates an empty batch.</summary>
    /// <param name="capacity">Number of records that fit, at least 1.</param>
    public KeyedBatch(int capacity)
        : base(capacity)
    {
        _keys = new TKey[capacity];
        _hashes = new uint[capacity];
    }

    /// <summary>The keys, one per value.</summary>
    public ReadOnlySpan<TKey> Keys => _keys.AsSpan(0, Count);

    /// <summary>The stable hashes of the keys, one per value; the same in every process and on every host.</summary>
    public ReadOnlySpan<uint> Hashes => _hashes.AsSpan(0, Count);

    /// <summary>Appends a record with its key. The batch must not be full.</summary>
    /// <param name="key">The key.</param>
    /// <param name="hash">The key's stable hash.</param>
    /// <param name="value">The value.</param>
    /// <param name="timestamp">Event timestamp in milliseconds since the Unix epoch.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(TKey key, uint hash, T value, long timestamp)
    {
        int count = Count;
        _keys[count] = key;
        _hashes[count] = hash;
        Add(value, timestamp);
    }

    /// <inheritdoc/>
    internal override void AddFrom(RecordBatch<T> other, int row)
    {
        KeyedBatch<TKey, T> keyed = (KeyedBatch<TKey, T>)other;
        Add(keyed._keys[row], keyed._hashes[row], keyed.Values[row], keyed.Timestamps[row]);
    }

    /// <inheritdoc/>
    public override void Clear()
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TKey>())
        {
            Array.Clear(_keys, 0, Count);
        }

        base.Clear();
    }
}
