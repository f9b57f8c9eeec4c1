using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;

namespace Millrace.StateBackends;

/// <summary>
/// How a table is written while it goes on changing: what is an object and due is written before it changes or leaves, the rest in slices;
/// then, of key groups that are written whole, what the store had when the scan began, but for what was written from an object.
/// </summary>
internal sealed partial class StoredTable<TKey, TNamespace, TValue>
{
    /// <summary>Writes all entries now.</summary>
    public void Write(ISnapshotWriter writer)
    {
        using KeyGroupIndex index = _objects.IndexByKeyGroup(_format.KeyGroups, _maxParallelism);
        using IStateView view = _store.View();
        for (int group = _format.KeyGroups.Start; group < _format.KeyGroups.End; group++)
        {
            DataWriter? section = null;
            (int position, int count) = (0, 0);
            using IStateCursor cursor = CursorOf(group, view);
            while (cursor.MoveNext())
            {
                NamespacedKey<TKey, TNamespace> key = _format.ReadKey(cursor.Key[PrefixSize..]);
                ref Cached cached = ref _objects.Find(key, BinaryPrimitives.ReadUInt32BigEndian(cursor.Key[2..]));
                bool isOld = !Unsafe.IsNullRef(ref cached) && cached.Marks.HasFlag(Marks.Dirty);
                if (!isOld && IsExpired?.Invoke(_format.ReadValue(cursor.Value)) != true)
                {
                    Next(ref section).WriteRaw(cursor.Key[PrefixSize..]);
                    section!.WriteRaw(cursor.Value);
                }
            }

            foreach (int entry in index.EntriesOf(group))
            {
                ref Cached cached = ref _objects.ValueAt(entry);
                if (cached.Marks.HasFlag(Marks.Dirty) && IsExpired?.Invoke(cached.Value) != true)
                {
                    _format.WriteEntry(Next(ref section), _objects.KeyAt(entry), cached.Value);
                }
            }

            section?.PatchInt32(position, count);

            DataWriter Next(ref DataWriter? section)
            {
                if (section is null)
                {
                    section = writer.KeyGroupSection(_format.Name, group);
                    _format.WriteHeader(section);
                    position = section.Length;
                    section.WriteInt32(0);
                }

                count++;
                return section;
            }
        }
    }

    /// <summary>Begins to write the entries as they are now.</summary>
    public void Begin(KeyGroupSections sections)
    {
        sections.SaysEverything = !_isTracked;
        _isTracked = true;
        sections.IsOrdered = true;
        sections.Chunks = _store.Chunks;
        ScanState scan = new(sections, _epoch, _objects.EntryEnd, _format.KeyGroups, _hasher);
        for (int group = _format.KeyGroups.Start; group < _format.KeyGroups.End; group++)
        {
            if (sections.IsWhole(group))
            {
                scan.View ??= _store.View();
            }
            else if (_log is not null)
            {
                sections.Begin(group, _log.Take(group));
            }
        }

        _log?.Dispose();
        _log = sections.Plan.GoesOn ? new ChangeLog(_format.KeyGroups, _store.Chunks) : null;
        _scan = scan;
        _epoch++;
    }

    public bool Advance(ref int budget)
    {
        if (_scan is not { } scan)
        {
            return true;
        }

        for (; scan.Next < scan.End && budget > 0; scan.Next++)
        {
            budget--;
            ref Cached cached = ref _objects.ValueAt(scan.Next);
            if (IsDue(cached))
            {
                budget -= CostOfEntry;
                WriteIfDue(ref cached, _objects.KeyAt(scan.Next));
            }
        }

        while (scan.Next >= scan.End && scan.Group < _format.KeyGroups.End && budget > 0)
        {
            if (!scan.Sections.IsWhole(scan.Group) || AdvanceGroup(scan, ref budget))
            {
                scan.Group++;
            }
        }

        if (scan.Next < scan.End || scan.Group < _format.KeyGroups.End)
        {
            return false;
        }

        Abandon();
        return true;
    }

    public void Abandon()
    {
        _scan?.Dispose();
        _scan = null;
    }

    private bool AdvanceGroup(ScanState scan, ref int budget)
    {
        scan.Cursor ??= CursorOf(scan.Group, scan.View!);
        while (budget > 0)
        {
            if (!scan.Cursor.MoveNext())
            {
                scan.Cursor.Dispose();
                scan.Cursor = null;
                return true;
            }

            budget -= CostOfEntry;
            WriteStored(scan, scan.Cursor.Key, scan.Cursor.Value);
        }

        return false;
    }

    private IStateCursor CursorOf(int group, IStateView view)
    {
        HashRange range = HashRange.Of(group, _maxParallelism);
        return CursorOf(range.Start, range.Start + range.Length, view);
    }

    /// <summary>The keys with hashes in [<paramref name="first"/>, <paramref name="end"/>).</summary>
    private IStateCursor CursorOf(uint first, ulong end, IStateView view)
    {
        Span<byte> from = stackalloc byte[PrefixSize];
        Span<byte> to = stackalloc byte[PrefixSize];
        WritePrefix(from, first);
        WriteEnd(to, end);
        return view.Between(from, to);
    }

    // What was dirty when the scan began was written from its object.
    private void WriteStored(ScanState scan, ReadOnlySpan<byte> storeKey, ReadOnlySpan<byte> value)
    {
        uint hash = BinaryPrimitives.ReadUInt32BigEndian(storeKey[2..]);
        ReadOnlySpan<byte> keyBytes = storeKey[PrefixSize..];
        NamespacedKey<TKey, TNamespace> key = _format.ReadKey(keyBytes);
        ref Cached cached = ref _objects.Find(key, hash);
        bool isWritten = (!Unsafe.IsNullRef(ref cached) && cached.Written == scan.Epoch) || scan.Gone.Contains((hash, key));
        if (isWritten)
        {
            return;
        }

        if (IsExpired?.Invoke(_format.ReadValue(value)) == true)
        {
            RemoveExpired(storeKey, hasObject: !Unsafe.IsNullRef(ref cached));
            return;
        }

        scan.Sections.Entry.WriteRaw(keyBytes);
        scan.Sections.Entry.WriteRaw(value);
        scan.Sections.Add(scan.Group);
    }

    // The scan looks at what was there when it began.
    private void RemoveExpired(ReadOnlySpan<byte> storeKey, bool hasObject)
    {
        if (!hasObject && _store.TryGet(storeKey, _value) && IsExpired!(_format.ReadValue(_value.WrittenSpan)))
        {
            _store.Delete(storeKey);
            Count--;
        }
    }

    private bool IsDue(in Cached cached) =>
        _scan is { } scan
        && cached.Marks.HasFlag(Marks.Dirty)
        && cached.Written != scan.Epoch
        && cached.Changed <= scan.Epoch
        && (cached.Changed == scan.Epoch || scan.Sections.IsWhole(GroupOf(cached.Hash)));

    private void WriteIfDue(ref Cached cached, in NamespacedKey<TKey, TNamespace> key)
    {
        if (!IsDue(cached))
        {
            return;
        }

        cached.Written = _scan!.Epoch;
        if (IsExpired?.Invoke(cached.Value) != true)
        {
            _format.WriteEntry(_scan.Sections.Entry, key, cached.Value);
            _scan.Sections.Add(GroupOf(cached.Hash));
        }
    }

    private sealed class ScanState(KeyGroupSections sections, int epoch, int end, KeyGroupRange groups, IKeyHasher<TKey> hasher)
        : IDisposable
    {
        public KeyGroupSections Sections { get; } = sections;

        public int Epoch { get; } = epoch;

        public int End { get; } = end;

        public int Next { get; set; }

        public int Group { get; set; } = groups.Start;

        public IStateView? View { get; set; }

        public IStateCursor? Cursor { get; set; }

        /// <summary>What was written from an object that is not there any more.</summary>
        public HashSet<(uint Hash, NamespacedKey<TKey, TNamespace> Key)> Gone { get; } = new(new SameKey(hasher));

        public void Dispose()
        {
            Cursor?.Dispose();
            View?.Dispose();
        }
    }

    private sealed class SameKey(IKeyHasher<TKey> hasher) : IEqualityComparer<(uint Hash, NamespacedKey<TKey, TNamespace> Key)>
    {
        public bool Equals((uint Hash, NamespacedKey<TKey, TNamespace> Key) left, (uint Hash, NamespacedKey<TKey, TNamespace> Key) right) =>
            left.Hash == right.Hash
            && hasher.Equals(left.Key.Key, right.Key.Key)
            && EqualityComparer<TNamespace>.Default.Equals(left.Key.Namespace, right.Key.Namespace);

        public int GetHashCode((uint Hash, NamespacedKey<TKey, TNamespace> Key) key) => (int)key.Hash;
    }
}
