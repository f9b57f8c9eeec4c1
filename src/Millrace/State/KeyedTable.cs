using System.Runtime.CompilerServices;

namespace Millrace.State;

/// <summary>
/// A hash table from keys to values made for state. An index of 8-byte slots (hash, entry) is probed linearly; entries live in chunks that never move, so growing
/// moves only slots. The home of a hash rises with the hash, so that a scan of the index meets the entries in the order of their key groups and a snapshot needs no
/// sorting. About 30 bytes an entry for 8-byte keys and values. Not thread-safe.
/// </summary>
internal sealed class KeyedTable<TKey, TValue>
    where TKey : notnull
{
    private const int MinCapacity = 16;
    private const int ChunkBits = 10;
    private const int ChunkSize = 1 << ChunkBits;
    private const int ChunkMask = ChunkSize - 1;

    private readonly IKeyHasher<TKey>? _ownEquality;
    private readonly HashRange _range;

    private Slot[] _slots;
    private ulong _scale;
    private int _capacity;
    private Entry[][] _chunks = [];
    private int _used;
    private int[] _free = [];
    private int _freeCount;

    public KeyedTable(IKeyHasher<TKey> hasher, HashRange range)
    {
        _ownEquality = hasher is KeyHasher<TKey> ? null : hasher;
        _range = range;
        _slots = [];
        Allocate(MinCapacity, Tail(MinCapacity));
    }

    public int Count => _used - _freeCount;

    /// <summary>The value of a key, added with the default value when it is not there. The reference is valid until the next change of the table.</summary>
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
                ref Entry entry = ref EntryAt(slot.Entry - 1);
                if (AreEqual(entry.Key, key))
                {
                    exists = true;
                    return ref entry.Value;
                }
            }

            i++;
        }

        exists = false;
        return ref Add(key, hash, i);
    }

    /// <summary>The value of a key, or a null reference.</summary>
    public ref TValue Find(TKey key, uint hash)
    {
        int i = FindSlot(key, hash);
        if (i < 0)
        {
            return ref Unsafe.NullRef<TValue>();
        }

        return ref EntryAt(_slots[i].Entry - 1).Value;
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

    public void Clear()
    {
        _chunks = [];
        _used = 0;
        _free = [];
        _freeCount = 0;
        Allocate(MinCapacity, Tail(MinCapacity));
    }

    /// <summary>Forgets all entries but keeps the memory for the next ones, unless there is far more of it than was used.</summary>
    public void Reset()
    {
        if (_capacity > MinCapacity && Count < _capacity >> 4)
        {
            Clear();
            return;
        }

        Array.Clear(_slots);
        for (int chunk = 0; chunk << ChunkBits < _used && RuntimeHelpers.IsReferenceOrContainsReferences<Entry>(); chunk++)
        {
            Array.Clear(_chunks[chunk]);
        }

        _used = 0;
        _freeCount = 0;
    }

    /// <summary>Looks at up to <paramref name="slots"/> slots from <paramref name="position"/> on, round and round, and removes the entries that are dead.</summary>
    public void Sweep(ref int position, int slots, Func<TValue, bool> isDead)
    {
        for (int i = 0; i < slots; i++)
        {
            position = position < _slots.Length ? position : 0;
            Slot slot = _slots[position];
            if (slot.Entry != 0 && isDead(EntryAt(slot.Entry - 1).Value))
            {
                // The gap is closed from behind: look at the same slot again.
                RemoveSlot(position);
                continue;
            }

            position++;
        }
    }

    /// <summary>All entries, in the order of their key groups. The table must not change meanwhile.</summary>
    public Cursor GetCursor() => new(this, _range);

    /// <summary>The entries whose hashes lie in a range. The table must not change meanwhile.</summary>
    public Cursor GetCursor(HashRange range) => new(this, range);

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

            if (slot.Hash == hash && AreEqual(EntryAt(slot.Entry - 1).Key, key))
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
    private int Home(uint hash) => (int)(((hash - _range.Start) * _scale) >> 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Entry EntryAt(int index) => ref _chunks[index >> ChunkBits][index & ChunkMask];

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ref TValue Add(TKey key, uint hash, int slot)
    {
        if (!_range.Contains(hash))
        {
            ThrowForeign(key);
        }

        if (Count >= _capacity - (_capacity >> 2))
        {
            Rebuild(_capacity * 2, Tail(_capacity * 2));
            slot = FreeSlot(_slots, Home(hash));
        }

        while (slot >= _slots.Length)
        {
            Rebuild(_capacity, (_slots.Length - _capacity) * 2);
            slot = FreeSlot(_slots, Home(hash));
        }

        int index = _freeCount > 0 ? _free[--_freeCount] : NewEntry();
        _slots[slot] = new Slot { Hash = hash, Entry = index + 1 };
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
        int index = slots[hole].Entry - 1;
        EntryAt(index) = default;
        if (_freeCount == _free.Length)
        {
            Array.Resize(ref _free, Math.Max(8, _free.Length * 2));
        }

        _free[_freeCount++] = index;

        // Close the gap: move back every following entry that may sit at the hole, so that probing needs no tombstones.
        for (int i = hole + 1; i < slots.Length && slots[i].Entry != 0; i++)
        {
            if (Home(slots[i].Hash) <= hole)
            {
                slots[hole] = slots[i];
                hole = i;
            }
        }

        slots[hole] = default;
    }

    private void Rebuild(int capacity, int tail)
    {
        Slot[] old = _slots;
        Allocate(capacity, tail);
        foreach (Slot slot in old)
        {
            if (slot.Entry != 0)
            {
                int i = FreeSlot(_slots, Home(slot.Hash));
                while (i >= _slots.Length)
                {
                    Slot[] wider = new Slot[_slots.Length + tail];
                    _slots.CopyTo(wider, 0);
                    _slots = wider;
                }

                _slots[i] = slot;
            }
        }
    }

    private static int FreeSlot(Slot[] slots, int i)
    {
        while (i < slots.Length && slots[i].Entry != 0)
        {
            i++;
        }

        return i;
    }

    /// <summary>Slots behind the last home, so that probing never wraps around.</summary>
    private static int Tail(int capacity) => Math.Max(8, Math.Min(capacity >> 2, 256));

    private static void ThrowForeign(TKey key) => throw new InvalidOperationException(
        $"Key '{key}' does not belong to a key group of this task; its hash has changed on the way. Keys must not be modified, and their hasher must always give the same hash.");

    private void Allocate(int capacity, int tail)
    {
        if (capacity > 1 << 29)
        {
            throw new InvalidOperationException("A table of keyed state in one task would pass 400 million entries; raise the parallelism.");
        }

        _capacity = capacity;
        _scale = ((ulong)capacity << 32) / _range.Length;
        _slots = new Slot[capacity + tail];
    }

    private struct Slot
    {
        public uint Hash;

        // Number of the entry + 1; 0 = free.
        public int Entry;
    }

    private struct Entry
    {
        public TKey Key;
        public TValue Value;
    }

    /// <summary>Walks over entries.</summary>
    internal ref struct Cursor
    {
        private readonly KeyedTable<TKey, TValue> _table;
        private readonly HashRange _range;
        private readonly int _lastHome;
        private int _slot;

        public Cursor(KeyedTable<TKey, TValue> table, HashRange range)
        {
            _table = table;
            _range = range;
            _slot = table.Home(range.Start) - 1;
            _lastHome = table.Home((uint)(range.Start + range.Length - 1));
        }

        public readonly uint Hash => _table._slots[_slot].Hash;

        public readonly TKey Key => _table.EntryAt(_table._slots[_slot].Entry - 1).Key;

        public readonly ref TValue Value => ref _table.EntryAt(_table._slots[_slot].Entry - 1).Value;

        public bool MoveNext()
        {
            Slot[] slots = _table._slots;
            while (++_slot < slots.Length)
            {
                Slot slot = slots[_slot];
                if (slot.Entry == 0)
                {
                    if (_slot >= _lastHome)
                    {
                        return false;
                    }
                }
                else if (_range.Contains(slot.Hash))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
