using System.Numerics;
using System.Runtime.CompilerServices;

namespace Millrace.State;

/// <summary>
/// A compact hash table from key to value that only grows until it is cleared: entries lie in one array in the order of their first use,
/// buckets in another. No allocation per entry; values are changed in place.
/// </summary>
internal sealed partial class AppendOnlyTable<TKey, TValue>(IKeyHasher<TKey> hasher)
    where TKey : notnull
{
    private const int InitialCapacity = 16;

    // A bucket holds the index of its first entry plus one, so that a fresh array means empty.
    private int[] _buckets = new int[InitialCapacity];
    private Entry[] _entries = new Entry[InitialCapacity];

    public int Count { get; private set; }

    public int Capacity => _entries.Length;

    public ReadOnlySpan<Entry> Entries => _entries.AsSpan(0, Count);

    /// <summary>The value of a key, created as default where there was none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref TValue GetOrAdd(TKey key, uint hash, out bool added)
    {
        Entry[] entries = _entries;
        for (
            int index = _buckets[hash & (uint)(_buckets.Length - 1)] - 1;
            (uint)index < (uint)entries.Length;
            index = entries[index].NextIndex
        )
        {
            ref Entry entry = ref entries[index];
            if (entry.Hash == hash && KeyEquals(entry.Key, key))
            {
                if ((entry.Next & _marks) != _current)
                {
                    Touch(index);
                }

                added = false;
                return ref entry.Value;
            }
        }

        added = true;
        return ref Add(key, hash);
    }

    /// <summary>The value of a key, only to be read, or a null reference.</summary>
    public ref TValue Find(TKey key, uint hash)
    {
        Entry[] entries = _entries;
        for (
            int index = _buckets[hash & (uint)(_buckets.Length - 1)] - 1;
            (uint)index < (uint)entries.Length;
            index = entries[index].NextIndex
        )
        {
            ref Entry entry = ref entries[index];
            if (entry.Hash == hash && KeyEquals(entry.Key, key))
            {
                return ref entry.Value;
            }
        }

        return ref Unsafe.NullRef<TValue>();
    }

    public void EnsureCapacity(int count)
    {
        if (count > _entries.Length)
        {
            Resize((int)BitOperations.RoundUpToPowerOf2((uint)count));
        }
    }

    /// <summary>Takes over what another table holds, values as they are; of neither it is noted what changes.</summary>
    public void CopyFrom(AppendOnlyTable<TKey, TValue> other)
    {
        Clear();
        if (_entries.Length != other._entries.Length)
        {
            _entries = new Entry[other._entries.Length];
            _buckets = new int[other._buckets.Length];
        }

        Array.Copy(other._entries, _entries, other.Count);
        Array.Copy(other._buckets, _buckets, other._buckets.Length);
        Count = other.Count;
    }

    /// <summary>The value of an entry, by its index in <see cref="Entries"/>.</summary>
    public ref TValue ValueAt(int index) => ref _entries[index].Value;

    /// <summary>Takes the entry that was added last out again.</summary>
    public void RemoveLast()
    {
        ref Entry entry = ref _entries[Count - 1];
        _buckets[entry.Hash & (uint)(_buckets.Length - 1)] = entry.NextIndex + 1;
        entry = default;
        Count--;
    }

    /// <summary>Forgets everything and keeps the arrays for the next use.</summary>
    public void Clear()
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<Entry>())
        {
            Array.Clear(_entries, 0, Count);
        }

        Array.Clear(_buckets);
        Count = 0;
        (_marks, _current, _scan, _touched) = (0, 0, null, null);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool KeyEquals(TKey left, TKey right) =>
        typeof(TKey) == typeof(long) || typeof(TKey) == typeof(int)
            ? EqualityComparer<TKey>.Default.Equals(left, right)
            : hasher.Equals(left, right);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ref TValue Add(TKey key, uint hash)
    {
        if (Count == _entries.Length)
        {
            Resize(_entries.Length * 2);
        }

        int index = Count++;
        ref int bucket = ref _buckets[hash & (uint)(_buckets.Length - 1)];
        ref Entry entry = ref _entries[index];
        entry.Key = key;
        entry.Hash = hash;
        entry.Next = (uint)bucket | _current;
        entry.Value = default!;
        bucket = index + 1;
        NoteTouch(index);
        return ref entry.Value;
    }

    private void Resize(int capacity)
    {
        if (capacity > 1 << IndexBits)
        {
            throw new InvalidOperationException("A window would have more than 500 million keys in one task; raise the parallelism.");
        }

        // The new entries first: if memory runs out, the table is as it was.
        Entry[] entries = new Entry[capacity];
        int[] buckets = new int[capacity];
        Array.Copy(_entries, entries, Count);
        for (int i = 0; i < Count; i++)
        {
            ref int bucket = ref buckets[entries[i].Hash & (uint)(capacity - 1)];
            entries[i].Next = (entries[i].Next & ~IndexMask) | (uint)bucket;
            bucket = i + 1;
        }

        _entries = entries;
        _buckets = buckets;
    }

    /// <summary>A key with its value.</summary>
    internal struct Entry
    {
        public TKey Key;
        public TValue Value;
        public uint Hash;

        /// <summary>Index of the next entry of the bucket plus one, 0 = none; and above it, what the scan knows of this one.</summary>
        internal uint Next;

        internal readonly int NextIndex => (int)(Next & IndexMask) - 1;
    }
}
