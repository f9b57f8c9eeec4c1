using System.Runtime.InteropServices;

namespace Millrace.State;

internal sealed partial class KeyGroupTable<TKey, TValue>
    where TKey : notnull
{
    /// <summary>Fills the table, which must be new, with what a snapshot holds.</summary>
    public Loader Load() => new(this);

    /// <summary>
    /// Takes the entries of a snapshot in any order and makes the index when their number is known: at most as many probes as the full
    /// table has, whatever the order and however many sections.
    /// <code>
    /// { Add }* -> Complete
    /// </code>
    /// Until then nothing is found in the table.
    /// </summary>
    internal sealed class Loader
    {
        private readonly KeyGroupTable<TKey, TValue> _table;
        private readonly List<uint> _hashes = [];

        public Loader(KeyGroupTable<TKey, TValue> table)
        {
            if (table._used > 0)
            {
                throw new InvalidOperationException(
                    $"A table with {table.Count} entries cannot be loaded; load a snapshot into a new one."
                );
            }

            _table = table;
        }

        /// <summary>A key that came twice, if any did.</summary>
        public TKey Twice { get; private set; } = default!;

        /// <summary>The value of a new entry, to be set at once.</summary>
        public ref TValue Add(TKey key, uint hash)
        {
            _table.ThrowIfForeign(key, hash);
            _hashes.Add(hash);
            ref Entry entry = ref _table.EntryAt(_table.NewEntry());
            entry.Key = key;
            return ref entry.Value;
        }

        /// <summary>Makes the index. Where a key came twice its last value holds.</summary>
        /// <returns>How many entries had a key that another one has too.</returns>
        public int Complete()
        {
            long capacity = MinCapacity;
            while (_hashes.Count >= capacity - (capacity >> 2))
            {
                capacity *= 2;
            }

            _table.Allocate(capacity);
            ReadOnlySpan<uint> hashes = CollectionsMarshal.AsSpan(_hashes);
            long probes = 0;
            for (int entry = 0; entry < hashes.Length; entry++)
            {
                probes += Index(entry, hashes[entry]);
            }

            RestoreProbes.Add(probes);
            return _table._freeCount;
        }

        // Returns how many slots it has looked at.
        private int Index(int entry, uint hash)
        {
            Slot[] slots = _table.HomeOf(hash, out int home);
            int i = home;
            for (; i < slots.Length && slots[i].Entry != 0; i++)
            {
                if (slots[i].Hash == hash && IsSameKey(slots[i].Index, entry))
                {
                    Twice = _table.EntryAt(entry).Key;
                    _table.EntryAt(slots[i].Index).Value = _table.EntryAt(entry).Value;
                    _table.FreeEntry(entry);
                    return i - home + 1;
                }
            }

            int segment = _table.SegmentOf(hash);
            if (i == slots.Length)
            {
                slots = _table.Widen(segment);
            }

            slots[i] = new Slot { Hash = hash, Entry = (uint)(entry + 1) };
            _table._counts[segment]++;
            return i - home + 1;
        }

        private bool IsSameKey(int left, int right) => _table.AreEqual(_table.EntryAt(left).Key, _table.EntryAt(right).Key);
    }
}
