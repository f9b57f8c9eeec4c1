using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Millrace.State;

/// <summary>
/// A hash table from keys to values made for state. An index of 8-byte slots (hash, entry) is probed linearly; entries live in chunks that
/// never move, so growing moves only slots. Homes are scattered (Fibonacci hashing), so that no order of hashes, and no crowd of them in
/// one key group, piles entries up in one part of the index; a snapshot sorts the entries by key group, by counting. About 30 bytes an
/// entry for 8-byte keys and values. Not thread-safe.
/// </summary>
internal sealed partial class KeyGroupTable<TKey, TValue>
    where TKey : notnull
{
    private const int MinCapacity = 16;
    private const int ChunkBits = 10;
    private const int ChunkSize = 1 << ChunkBits;
    private const int ChunkMask = ChunkSize - 1;

    // A table of fewer slots is in the processor's caches when it is used much.
    private const int LeastPrefetched = 1 << 15;
    private const int PrefetchedAtOnce = 64;

    // 2^64 divided by the golden ratio.
    private const ulong Scatter = 0x9E3779B97F4A7C15UL;

    private readonly IKeyHasher<TKey>? _ownEquality;
    private readonly HashRange _range;

    private Slot[] _slots;
    private int _shift;
    private int _capacity;
    private Entry[][] _chunks = [];
    private int _used;
    private int[] _free = [];
    private int _freeCount;

    public KeyGroupTable(IKeyHasher<TKey> hasher, HashRange range)
    {
        _ownEquality = hasher is KeyHasher<TKey> ? null : hasher;
        _range = range;
        _slots = [];
        Allocate(MinCapacity);
    }

    public int Count => _used - _freeCount;

    /// <summary>
    /// The value of a key, added with the default value when it is not there. The reference is valid until the next change of the table.
    /// </summary>
    public ref TValue GetOrAdd(TKey key, uint hash, out bool exists)
    {
        Slot[] slots = _slots;
        int i = Home(hash);
        while ((uint)i < (uint)slots.Length)
        {
            Slot slot = slots[i];
            if (slot.Entry == 0)
            {
                break;
            }

            if (slot.Hash == hash)
            {
                ref Entry entry = ref EntryAt(slot.Index);
                if (AreEqual(entry.Key, key))
                {
                    if ((slot.Entry & _marks) != _current)
                    {
                        Touch(i);
                    }

                    exists = true;
                    return ref entry.Value;
                }
            }

            i++;
        }

        exists = false;
        return ref Add(key, hash, i);
    }

    /// <summary>The value of a key, to be changed, or a null reference.</summary>
    public ref TValue Find(TKey key, uint hash)
    {
        int i = FindSlot(key, hash);
        if (i < 0)
        {
            return ref Unsafe.NullRef<TValue>();
        }

        if ((_slots[i].Entry & _marks) != _current)
        {
            Touch(i);
        }

        return ref EntryAt(_slots[i].Index).Value;
    }

    /// <summary>The value of a key, only to be read, or a null reference.</summary>
    public ref readonly TValue Peek(TKey key, uint hash)
    {
        int i = FindSlot(key, hash);
        if (i < 0)
        {
            return ref Unsafe.NullRef<TValue>();
        }

        return ref EntryAt(_slots[i].Index).Value;
    }

    public bool Remove(TKey key, uint hash)
    {
        int i = FindSlot(key, hash);
        if (i < 0)
        {
            return false;
        }

        RemoveSlot(i);
        return true;
    }

    /// <summary>
    /// Looks at up to <paramref name="slots"/> slots from <paramref name="position"/> on, round and round, and removes the entries that are
    /// dead.
    /// </summary>
    public void Sweep(ref int position, int slots, Func<TValue, bool> isDead)
    {
        for (int i = 0; i < slots; i++)
        {
            position = position < _slots.Length ? position : 0;
            Slot slot = _slots[position];
            if (slot.Entry != 0 && isDead(EntryAt(slot.Index).Value))
            {
                // The gap is closed from behind: look at the same slot again.
                RemoveSlot(position);
                continue;
            }

            position++;
        }
    }

    /// <summary>The entries, sorted by key group; dispose it. The table must not change meanwhile.</summary>
    public KeyGroupIndex IndexByKeyGroup(KeyGroupRange groups, int maxParallelism)
    {
        // By entry instead of by slot: then a snapshot reads the entries in the order of their memory. Free slots write to 0, free entries
        // keep it.
        ushort[] groupOf = ArrayPool<ushort>.Shared.Rent(_used + 1);
        Array.Clear(groupOf, 0, _used + 1);
        foreach (Slot slot in _slots)
        {
            groupOf[slot.Index + 1] = (ushort)(KeyGroups.KeyGroupOf(slot.Hash, maxParallelism) + 1);
        }

        KeyGroupIndex index = new(groups, Count);
        ReadOnlySpan<ushort> entries = groupOf.AsSpan(1, _used);
        foreach (ushort group in entries)
        {
            if (group != 0)
            {
                index.Count(group - 1);
            }
        }

        index.EndCounting();
        for (int entry = 0; entry < entries.Length; entry++)
        {
            if (entries[entry] != 0)
            {
                index.Place(entries[entry] - 1, entry);
            }
        }

        ArrayPool<ushort>.Shared.Return(groupOf);
        return index;
    }

    /// <summary>Entries have the numbers from 0 to here, and keep them; what is not taken has the default value.</summary>
    public int EntryEnd => _used;

    /// <summary>The key of an entry.</summary>
    public TKey KeyAt(int entry) => EntryAt(entry).Key;

    /// <summary>The value of an entry.</summary>
    public ref TValue ValueAt(int entry) => ref EntryAt(entry).Value;

    /// <summary>Brings what is looked up next near to the processor, unless the table is so small that it is near anyway.</summary>
    public void Prefetch(ReadOnlySpan<uint> hashes)
    {
        if (_slots.Length < LeastPrefetched)
        {
            return;
        }

        Span<int> entries = stackalloc int[PrefetchedAtOnce];
        for (; !hashes.IsEmpty; hashes = hashes[Math.Min(PrefetchedAtOnce, hashes.Length)..])
        {
            ReadOnlySpan<uint> next = hashes[..Math.Min(PrefetchedAtOnce, hashes.Length)];
            foreach (uint hash in next)
            {
                Prefetching.Of(ref _slots[Home(hash)]);
            }

            int count = 0;
            foreach (uint hash in next)
            {
                if (FindEntry(hash) is var entry and >= 0)
                {
                    Prefetching.Of(ref EntryAt(entry));
                    entries[count++] = entry;
                }
            }

            foreach (int entry in entries[..count])
            {
                Prefetching.ReferredBy(ref EntryAt(entry).Key);
            }
        }
    }

    private int FindEntry(uint hash)
    {
        Slot[] slots = _slots;
        for (int i = Home(hash); (uint)i < (uint)slots.Length && slots[i].Entry != 0; i++)
        {
            if (slots[i].Hash == hash)
            {
                return slots[i].Index;
            }
        }

        return -1;
    }

    private int FindSlot(TKey key, uint hash)
    {
        Slot[] slots = _slots;
        for (int i = Home(hash); (uint)i < (uint)slots.Length; i++)
        {
            Slot slot = slots[i];
            if (slot.Entry == 0)
            {
                break;
            }

            if (slot.Hash == hash && AreEqual(EntryAt(slot.Index).Key, key))
            {
                return i;
            }
        }

        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool AreEqual(TKey left, TKey right) =>
        _ownEquality is null ? EqualityComparer<TKey>.Default.Equals(left, right) : _ownEquality.Equals(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Home(uint hash) => (int)((hash * Scatter) >> _shift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Entry EntryAt(int index) => ref _chunks[index >> ChunkBits][index & ChunkMask];

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ref TValue Add(TKey key, uint hash, int slot)
    {
        ThrowIfForeign(key, hash);
        if (Count >= MaxCount(_capacity))
        {
            EndScan();
            Rebuild(_capacity * 2);
            slot = FreeSlot(Home(hash));
        }

        while (slot >= _slots.Length)
        {
            Widen();
        }

        int index = _freeCount > 0 ? _free[--_freeCount] : NewEntry();
        _slots[slot] = new Slot { Hash = hash, Entry = (uint)(index + 1) | NewMark };
        NoteTouch(hash, index);
        ref Entry entry = ref EntryAt(index);
        entry.Key = key;
        entry.Value = default!;
        return ref entry.Value;
    }

    private int NewEntry()
    {
        int index = _used++;
        int chunk = index >> ChunkBits;
        if (chunk == _chunks.Length)
        {
            Array.Resize(ref _chunks, Math.Max(chunk + 1, chunk < 4 ? chunk + 1 : chunk * 3 / 2));
        }

        ref Entry[]? entries = ref _chunks[chunk]!;
        int offset = index & ChunkMask;
        if (entries is null)
        {
            entries = new Entry[chunk == 0 ? MinCapacity : ChunkSize];
        }
        else if (offset == entries.Length)
        {
            Array.Resize(ref entries, offset * 2);
        }

        return index;
    }

    private void RemoveSlot(int hole)
    {
        Slot[] slots = _slots;
        NoteRemoval(hole);
        FreeEntry(slots[hole].Index);

        // Close the gap: move back every following entry that may sit at the hole, so that probing needs no tombstones.
        for (int i = hole + 1; i < slots.Length && slots[i].Entry != 0; i++)
        {
            if (Home(slots[i].Hash) <= hole)
            {
                NoteMove(i, hole);
                slots[hole] = slots[i];
                hole = i;
            }
        }

        slots[hole] = default;
    }

    private void FreeEntry(int index)
    {
        EntryAt(index) = default;
        if (_freeCount == _free.Length)
        {
            Array.Resize(ref _free, Math.Max(8, _free.Length * 2));
        }

        _free[_freeCount++] = index;
    }

    private void Rebuild(int capacity)
    {
        Slot[] old = _slots;
        Allocate(capacity);
        foreach (Slot slot in old)
        {
            if (slot.Entry != 0)
            {
                int i = FreeSlot(Home(slot.Hash));
                while (i >= _slots.Length)
                {
                    Widen();
                }

                _slots[i] = slot;
            }
        }
    }

    private int FreeSlot(int i)
    {
        Slot[] slots = _slots;
        while (i < slots.Length && slots[i].Entry != 0)
        {
            i++;
        }

        return i;
    }

    /// <summary>Makes room behind the last home, where probing goes on instead of wrapping around.</summary>
    private void Widen() => Array.Resize(ref _slots, _capacity + ((_slots.Length - _capacity) * 2));

    private static int MaxCount(int capacity) => capacity - (capacity >> 2);

    private void ThrowIfForeign(TKey key, uint hash)
    {
        if (!_range.Contains(hash))
        {
            ThrowForeign(key);
        }
    }

    private static void ThrowForeign(TKey key) =>
        throw new InvalidOperationException(
            $"Key '{key}' does not belong to a key group of this task; its hash has changed on the way. Keys must not be modified, and "
                + "their hasher must always give the same hash."
        );

    private void Allocate(long capacity)
    {
        if (capacity > 1 << 29)
        {
            throw new InvalidOperationException(
                "A table of keyed state in one task would pass 400 million entries; raise the parallelism."
            );
        }

        _capacity = (int)capacity;
        _shift = 64 - BitOperations.Log2((ulong)capacity);
        _slots = new Slot[_capacity + Math.Max(8, Math.Min(_capacity >> 2, 256))];
    }

    private struct Slot
    {
        public uint Hash;

        // Number of the entry + 1, and marks above it; 0 = free.
        public uint Entry;

        public readonly int Index => (int)(Entry & IndexMask) - 1;
    }

    private struct Entry
    {
        public TKey Key;
        public TValue Value;
    }
}
