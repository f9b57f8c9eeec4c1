using System.Buffers;
using System.Runtime.CompilerServices;

namespace Millrace.State;

/// <summary>
/// A hash table from keys to values made for state. An index of 8-byte slots (hash, entry) is probed linearly; entries live in chunks that
/// never move, so growing moves only slots, and those of one segment of the index at a time: no record waits for a large table to grow.
/// Homes are scattered (Fibonacci hashing), so that no order of hashes, and no crowd of them in one key group, piles entries up in one part
/// of the index; a snapshot sorts the entries by key group, by counting. About 30 bytes an entry for 8-byte keys and values. Not
/// thread-safe.
/// </summary>
internal sealed partial class KeyGroupTable<TKey, TValue>
    where TKey : notnull
{
    private const int MinChunk = 16;
    private const int ChunkBits = 10;
    private const int ChunkSize = 1 << ChunkBits;
    private const int ChunkMask = ChunkSize - 1;

    // A table of fewer slots is in the processor's caches when it is used much.
    private const int LeastPrefetched = 1 << 15;
    private const int PrefetchedAtOnce = 64;

    private readonly IKeyHasher<TKey>? _ownEquality;
    private readonly HashRange _range;

    private Entry[][] _chunks = [];
    private int _used;
    private int[] _free = [];
    private int _freeCount;

    public KeyGroupTable(IKeyHasher<TKey> hasher, HashRange range)
    {
        _ownEquality = hasher is KeyHasher<TKey> ? null : hasher;
        _range = range;
        Allocate(MinCapacity);
    }

    public int Count => _used - _freeCount;

    /// <summary>
    /// The value of a key, added with the default value when it is not there. The reference is valid until the next change of the table.
    /// </summary>
    public ref TValue GetOrAdd(TKey key, uint hash, out bool exists)
    {
        Slot[] slots = HomeOf(hash, out int i);
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
                        Touch(slots, i);
                    }

                    exists = true;
                    return ref entry.Value;
                }
            }

            i++;
        }

        exists = false;
        return ref Add(key, hash, slots, i);
    }

    /// <summary>The value of a key, to be changed, or a null reference.</summary>
    public ref TValue Find(TKey key, uint hash)
    {
        int i = FindSlot(key, hash, out Slot[] slots);
        if (i < 0)
        {
            return ref Unsafe.NullRef<TValue>();
        }

        if ((slots[i].Entry & _marks) != _current)
        {
            Touch(slots, i);
        }

        return ref EntryAt(slots[i].Index).Value;
    }

    /// <summary>The value of a key, only to be read, or a null reference.</summary>
    public ref readonly TValue Peek(TKey key, uint hash)
    {
        int i = FindSlot(key, hash, out Slot[] slots);
        if (i < 0)
        {
            return ref Unsafe.NullRef<TValue>();
        }

        return ref EntryAt(slots[i].Index).Value;
    }

    public bool Remove(TKey key, uint hash)
    {
        int i = FindSlot(key, hash, out Slot[] slots);
        if (i < 0)
        {
            return false;
        }

        RemoveSlot(slots, i);
        return true;
    }

    /// <summary>Looks at some slots, round and round, and removes the entries that are dead.</summary>
    public void Sweep(int slots, Func<TValue, bool> isDead)
    {
        for (int i = 0; i < slots; i++)
        {
            Slot[] swept = _segments[_swept.Segment].Slots;
            if (_swept.Slot >= swept.Length)
            {
                int next = _swept.Segment + SpanOf(_swept.Segment);
                _swept = (next < _segments.Length ? next : 0, 0);
                swept = _segments[_swept.Segment].Slots;
            }

            Slot slot = swept[_swept.Slot];
            if (slot.Entry != 0 && isDead(EntryAt(slot.Index).Value))
            {
                // The gap is closed from behind: look at the same slot again.
                RemoveSlot(swept, _swept.Slot);
                continue;
            }

            _swept.Slot++;
        }
    }

    /// <summary>The entries, sorted by key group; dispose it. The table must not change meanwhile.</summary>
    public KeyGroupIndex IndexByKeyGroup(KeyGroupRange groups, int maxParallelism)
    {
        // By entry instead of by slot: then a snapshot reads the entries in the order of their memory. Free slots write to 0, free entries
        // keep it.
        ushort[] groupOf = ArrayPool<ushort>.Shared.Rent(_used + 1);
        Array.Clear(groupOf, 0, _used + 1);
        for (int segment = 0; segment < _segments.Length; segment += SpanOf(segment))
        {
            foreach (Slot slot in _segments[segment].Slots)
            {
                groupOf[slot.Index + 1] = (ushort)(KeyGroups.KeyGroupOf(slot.Hash, maxParallelism) + 1);
            }
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
        if (_capacity < LeastPrefetched)
        {
            return;
        }

        Span<int> entries = stackalloc int[PrefetchedAtOnce];
        for (; !hashes.IsEmpty; hashes = hashes[Math.Min(PrefetchedAtOnce, hashes.Length)..])
        {
            ReadOnlySpan<uint> next = hashes[..Math.Min(PrefetchedAtOnce, hashes.Length)];
            foreach (uint hash in next)
            {
                Slot[] slots = HomeOf(hash, out int i);
                Prefetching.Of(ref slots[i]);
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
        Slot[] slots = HomeOf(hash, out int i);
        for (; (uint)i < (uint)slots.Length && slots[i].Entry != 0; i++)
        {
            if (slots[i].Hash == hash)
            {
                return slots[i].Index;
            }
        }

        return -1;
    }

    private int FindSlot(TKey key, uint hash, out Slot[] slots)
    {
        slots = HomeOf(hash, out int i);
        for (; (uint)i < (uint)slots.Length; i++)
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
    private ref Entry EntryAt(int index) => ref _chunks[index >> ChunkBits][index & ChunkMask];

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ref TValue Add(TKey key, uint hash, Slot[] slots, int slot)
    {
        ThrowIfForeign(key, hash);
        int segment = SegmentOf(hash);
        if (_counts[segment] >= MaxCount(CapacityOf(segment)) && Grow(segment))
        {
            segment = SegmentOf(hash);
            slots = HomeOf(hash, out slot);
            slot = FreeSlot(slots, slot);
        }

        if (slot >= slots.Length)
        {
            slots = Widen(segment);
        }

        int index = _freeCount > 0 ? _free[--_freeCount] : NewEntry();
        slots[slot] = new Slot { Hash = hash, Entry = (uint)(index + 1) | NewMark };
        _counts[segment]++;
        NoteTouch(hash, index);
        ref Entry entry = ref EntryAt(index);
        entry.Key = key;
        entry.Value = default!;
        return ref entry.Value;
    }

    private int NewEntry()
    {
        if (_used == MaxCount(1 << IndexBits))
        {
            throw new InvalidOperationException(
                "A table of keyed state in one task would pass 400 million entries; raise the parallelism."
            );
        }

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
            entries = new Entry[chunk == 0 ? MinChunk : ChunkSize];
        }
        else if (offset == entries.Length)
        {
            Array.Resize(ref entries, offset * 2);
        }

        return index;
    }

    private void RemoveSlot(Slot[] slots, int hole)
    {
        NoteRemoval(slots, hole);
        FreeEntry(slots[hole].Index);
        int segment = SegmentOf(slots[hole].Hash);
        _counts[segment]--;

        // Close the gap: move back every following entry that may sit at the hole, so that probing needs no tombstones.
        int shift = _segments[segment].Shift;
        for (int i = hole + 1; i < slots.Length && slots[i].Entry != 0; i++)
        {
            if (HomeOf(slots[i].Hash, shift) <= hole)
            {
                NoteMove(slots, segment, i, hole);
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
