using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.Windows;

namespace Millrace.Operators.Windows;

/// <summary>
/// What is in aligned windows, or in their slices, and how it is written: like a table of keyed state whose namespaces are the starts of
/// the windows, in the keyed sections <c>windows.entries</c> and <c>slices.entries</c>, beside the work and by what has changed. What parts
/// of earlier checkpoints still have of windows that have been closed is left out by the <see cref="WindowProgress"/>.
/// </summary>
/// <remarks>
/// Before, a section <c>windows.schema</c> had the schemas of key and accumulator, and the keyed section <c>windows</c> per open window its
/// start, whether it has fired, and the group's keys with accumulators; slices likewise under <c>slices</c>. That is still read.
/// </remarks>
internal sealed class AlignedWindowState<TKey, TAcc> : IDeferredState, IStoredFormat<TKey, long, TAcc>
    where TKey : notnull
{
    private readonly KeyContext<TKey> _keys;
    private readonly TypeSerializer<TAcc> _accumulators;
    private readonly string _sectionName;
    private readonly DataWriter _value = new();
    private bool _isTracked;
    private Scan? _scan;

    /// <param name="windows">What windows there are.</param>
    /// <param name="keys">The keys of the task.</param>
    /// <param name="accumulators">The bytes of accumulators.</param>
    /// <param name="store">Where what memory has no room for goes; <see langword="null"/> = windows stay in memory.</param>
    /// <param name="sectionName">What it is of: <see cref="AlignedWindowSections.Windows"/> or
    /// <see cref="AlignedWindowSections.Slices"/>.</param>
    public AlignedWindowState(
        AlignedTimeWindows windows,
        KeyContext<TKey> keys,
        TypeSerializer<TAcc> accumulators,
        IStateStore? store = null,
        string sectionName = AlignedWindowSections.Windows
    )
    {
        _keys = keys;
        _accumulators = accumulators;
        _sectionName = sectionName;
        Panes = new AlignedPanes<TKey, TAcc>(
            windows,
            keys.Hasher,
            store is null ? null : () => new StoredTable<TKey, long, TAcc>(this, keys, store)
        );
    }

    public AlignedPanes<TKey, TAcc> Panes { get; }

    public string Name => AlignedWindowSections.EntriesOf(_sectionName);

    public KeyGroupRange KeyGroups => _keys.KeyGroups;

    public void Snapshot(ISnapshotWriter writer)
    {
        if (!writer.Defer(this))
        {
            Write(writer);
        }
    }

    public void Begin(KeyGroupSections sections)
    {
        sections.SaysEverything = !_isTracked;
        sections.IsOrdered = Panes.AreStored;
        _isTracked = true;
        _scan = new Scan(Panes.BeginScan());
        foreach (WindowPane<TKey, TAcc> pane in _scan.Panes)
        {
            if (pane.Stored is not null)
            {
                pane.Stored.Begin(sections);
            }
            else
            {
                pane.Table.BeginScan(
                    new PaneScan(this, pane.Start, sections),
                    changesOnly: sections.Plan.IsChangesOnly && !sections.SaysEverything
                );
            }
        }
    }

    public bool Advance(ref int budget)
    {
        for (; _scan is { } scan && scan.Next < scan.Panes.Length; scan.Next++)
        {
            WindowPane<TKey, TAcc> pane = scan.Panes[scan.Next];
            if (!(pane.Stored?.Advance(ref budget) ?? pane.Table.Advance(ref budget)))
            {
                return false;
            }
        }

        EndScan();
        return true;
    }

    public void Abandon()
    {
        foreach (WindowPane<TKey, TAcc> pane in _scan?.Panes ?? [])
        {
            pane.Stored?.Abandon();
            pane.Table.AbandonScan();
        }

        EndScan();
    }

    public void WriteHeader(DataWriter writer)
    {
        writer.WriteByte(StateFormat.TableVersion);
        _keys.Serializer.Schema.WriteTo(writer);
        TypeSerializers.For<long>().Schema.WriteTo(writer);
        _accumulators.Schema.WriteTo(writer);
    }

    public void WriteKey(DataWriter writer, in NamespacedKey<TKey, long> key)
    {
        _keys.Serializer.Serialize(key.Key, writer);
        TypeSerializers.For<long>().Serialize(key.Namespace, writer);
    }

    public void WriteValue(DataWriter writer, in TAcc value) => _accumulators.Serialize(value, writer);

    public void WriteEntry(DataWriter writer, in NamespacedKey<TKey, long> key, in TAcc value)
    {
        WriteKey(writer, key);
        WriteValue(writer, value);
    }

    public NamespacedKey<TKey, long> ReadKey(ReadOnlySpan<byte> bytes)
    {
        DataReader reader = new(bytes);
        TKey key = _keys.Serializer.Deserialize(ref reader);
        return new NamespacedKey<TKey, long>(key, TypeSerializers.For<long>().Deserialize(ref reader));
    }

    public TAcc ReadValue(ReadOnlySpan<byte> bytes)
    {
        DataReader reader = new(bytes);
        return _accumulators.Deserialize(ref reader);
    }

    /// <summary>Reads what a task owns.</summary>
    /// <param name="reader">The snapshot.</param>
    /// <param name="uid">Of the operator; for errors.</param>
    /// <param name="progress">What was reported and closed; learns what only windows of the former format say.</param>
    /// <returns>Whether keys have moved to other key groups (<see cref="RestoredKeys"/>).</returns>
    public bool Restore(ISnapshotReader reader, string uid, WindowProgress progress)
    {
        Restoring restoring = new(uid);
        IReadOnlyList<KeyGroupSection> old = reader.KeyGroupSections(_sectionName);
        if (old.Count > 0)
        {
            RestoreOld(reader, old, progress, restoring);
        }

        foreach (KeyGroupSection section in reader.KeyGroupSections(Name))
        {
            RestoreEntries(section, progress, restoring);
        }

        // A slice is reported with several windows.
        bool isMixed = false;
        foreach ((WindowPane<TKey, TAcc> pane, HashSet<int> groups) in _sectionName == AlignedWindowSections.Slices ? [] : restoring.Groups)
        {
            int[] known = progress.IsComplete ? [.. Enumerable.Range(_keys.KeyGroups.Start, _keys.KeyGroups.Count)] : [.. groups];
            HashSet<int> fired = [.. known.Where(group => progress.HasFired(group, pane.Start))];
            pane.Fired = fired.Count == known.Length;
            pane.FiredGroups = pane.Fired || fired.Count == 0 ? null : fired;
            isMixed |= pane.FiredGroups is not null;
        }

        if (restoring.HasMoved && isMixed)
        {
            RestoredKeys.ThrowMixed(uid);
        }

        if (progress.OtherSize is { } size && Panes.Count > 0)
        {
            throw new StateMigrationException(
                $"Window operator '{uid}' has {Panes.Count} open window(s) of {size} ms in the checkpoint, but now has windows of another "
                    + "length; keep the length until they have ended and take a savepoint then, or give the operator another uid to begin "
                    + "anew."
            );
        }

        if (reader.GoesOn && !restoring.HasMoved && old.Count == 0 && progress.OtherSize is null)
        {
            _isTracked = true;
            Panes.Track();
        }

        return restoring.HasMoved;
    }

    private void RestoreEntries(KeyGroupSection section, WindowProgress progress, Restoring restoring)
    {
        DataReader data = new(section.Beginning);
        StateFormat.RequireVersion(ref data, StateFormat.TableVersion, Name);
        TypeSerializer<TKey> keys = StateFormat.ReadKeySchema(ref data, _keys.Serializer, Name);
        TypeSerializer<long> starts = StateFormat.ReadSchema(ref data, TypeSerializers.For<long>(), Name);
        TypeSerializer<TAcc> accumulators = StateFormat.ReadSchema(ref data, _accumulators, Name);
        data = section.Header.IsEmpty ? data : new DataReader(section.Data.Span);
        for (ChangeReader changes = new(section, ref data); changes.MoveNext(ref data, out bool isThere); )
        {
            TKey key = keys.Deserialize(ref data);
            long start = starts.Deserialize(ref data);
            if (!isThere)
            {
                throw new InvalidDataException(
                    $"Window operator '{restoring.Uid}' has key '{key}' in the checkpoint as removed from its window, which never happens; "
                        + "the checkpoint is damaged, restore an earlier one."
                );
            }

            TAcc accumulator = accumulators.Deserialize(ref data);
            if (!progress.IsClosed(section.KeyGroup, start))
            {
                Put(start, key, accumulator, section, restoring);
            }
        }
    }

    private void RestoreOld(ISnapshotReader reader, IReadOnlyList<KeyGroupSection> sections, WindowProgress progress, Restoring restoring)
    {
        AlignedWindowSchema written = AlignedWindowSchema.Read(reader, _sectionName, restoring.Uid);
        TypeSerializer<TKey> keys = _keys.Serializer.ForWritten(written.Keys);
        TypeSerializer<TAcc> accumulators = _accumulators.ForWritten(written.Accumulators);
        foreach (KeyGroupSection section in sections)
        {
            DataReader data = new(section.Data.Span);
            for (uint windows = data.ReadVarUInt32(); windows > 0; windows--)
            {
                long start = data.ReadVarInt64();
                if (data.ReadBoolean())
                {
                    progress.NoteFired(section.KeyGroup, start);
                }

                for (uint count = data.ReadVarUInt32(); count > 0; count--)
                {
                    Put(start, keys.Deserialize(ref data), accumulators.Deserialize(ref data), section, restoring);
                }
            }
        }
    }

    private void Put(long start, TKey key, TAcc accumulator, KeyGroupSection section, Restoring restoring)
    {
        WindowPane<TKey, TAcc> pane = Panes.GetOrOpen(start);
        uint hash = _keys.Hasher.Hash(key);
        restoring.Add(pane, section.KeyGroup);
        restoring.HasMoved |= RestoredKeys.HasMoved(key, hash, section.KeyGroup, _keys.KeyGroups, _keys.MaxParallelism, restoring.Uid);
        if (pane.Stored is not null)
        {
            _value.Clear();
            _accumulators.Serialize(accumulator, _value);
            pane.Stored.Restore(new NamespacedKey<TKey, long>(key, start), hash, _value.WrittenSpan, section.IsChange);
            return;
        }

        pane.Table.GetOrAdd(key, hash, out bool added) = accumulator;
        if (!added && !section.IsChange)
        {
            RestoredKeys.ThrowTwice(key, restoring.Uid);
        }
    }

    // Where nothing can be written later.
    private void Write(ISnapshotWriter writer)
    {
        using PaneReaders<TKey, TAcc> panes = new(Panes.InOrder, _keys);
        for (int group = _keys.KeyGroups.Start; group < _keys.KeyGroups.End; group++)
        {
            DataWriter? section = null;
            (int position, int count) = (0, 0);
            foreach ((long start, TKey key, _, TAcc accumulator) in panes.Of(group))
            {
                if (section is null)
                {
                    section = writer.KeyGroupSection(Name, group);
                    WriteHeader(section);
                    position = section.Length;
                    section.WriteInt32(0);
                }

                WriteEntry(section, new NamespacedKey<TKey, long>(key, start), accumulator);
                count++;
            }

            section?.PatchInt32(position, count);
        }
    }

    private void EndScan()
    {
        _scan = null;
        Panes.EndScan();
    }

    private sealed class Scan(WindowPane<TKey, TAcc>[] panes)
    {
        public WindowPane<TKey, TAcc>[] Panes { get; } = panes;

        public int Next { get; set; }
    }

    private sealed class PaneScan(AlignedWindowState<TKey, TAcc> owner, long start, KeyGroupSections sections) : ITableScan<TKey, TAcc>
    {
        public bool IsWhole(uint hash) => sections.IsWhole(GroupOf(hash));

        public void Put(uint hash, TKey key, in TAcc value)
        {
            owner.WriteEntry(sections.Entry, new NamespacedKey<TKey, long>(key, start), value);
            sections.Add(GroupOf(hash));
        }

        public void Remove(uint hash, TKey key) => throw new NotSupportedException("Nothing is removed from a window.");

        private int GroupOf(uint hash) => State.KeyGroups.KeyGroupOf(hash, owner._keys.MaxParallelism);
    }

    private sealed class Restoring(string uid)
    {
        private WindowPane<TKey, TAcc>? _last;
        private int _lastGroup;

        public string Uid { get; } = uid;

        public bool HasMoved { get; set; }

        /// <summary>The key groups that have something in a window.</summary>
        public Dictionary<WindowPane<TKey, TAcc>, HashSet<int>> Groups { get; } = [];

        public void Add(WindowPane<TKey, TAcc> pane, int keyGroup)
        {
            if (ReferenceEquals(pane, _last) && keyGroup == _lastGroup)
            {
                return;
            }

            if (!Groups.TryGetValue(pane, out HashSet<int>? groups))
            {
                Groups.Add(pane, groups = []);
            }

            groups.Add(keyGroup);
            (_last, _lastGroup) = (pane, keyGroup);
        }
    }
}

/// <summary>What is in windows, by key group; dispose it. They must not change meanwhile.</summary>
internal sealed class PaneReaders<TKey, TAcc>(IEnumerable<WindowPane<TKey, TAcc>> panes, KeyContext<TKey> keys) : IDisposable
    where TKey : notnull
{
    private readonly (WindowPane<TKey, TAcc> Pane, KeyGroupIndex? Index, StoredTable<TKey, long, TAcc>.Contents? Stored)[] _panes =
    [
        .. panes.Select(pane => (pane, pane.Stored is null ? IndexOf(pane.Table.Entries, keys) : null, pane.Stored?.Read())),
    ];

    public IEnumerable<(long Start, TKey Key, uint Hash, TAcc Accumulator)> Of(int keyGroup)
    {
        foreach ((WindowPane<TKey, TAcc> pane, KeyGroupIndex? index, StoredTable<TKey, long, TAcc>.Contents? stored) in _panes)
        {
            foreach (StoredEntry<TKey, long, TAcc> entry in stored?.Of(keyGroup) ?? [])
            {
                yield return (pane.Start, entry.Key.Key, entry.Hash, entry.Value);
            }

            for (int i = 0; i < (index?.CountOf(keyGroup) ?? 0); i++)
            {
                AppendOnlyTable<TKey, TAcc>.Entry entry = pane.Table.Entries[index!.EntriesOf(keyGroup)[i]];
                yield return (pane.Start, entry.Key, entry.Hash, entry.Value);
            }
        }
    }

    public void Dispose()
    {
        foreach ((_, KeyGroupIndex? index, StoredTable<TKey, long, TAcc>.Contents? stored) in _panes)
        {
            index?.Dispose();
            stored?.Dispose();
        }
    }

    private static KeyGroupIndex IndexOf(ReadOnlySpan<AppendOnlyTable<TKey, TAcc>.Entry> entries, KeyContext<TKey> keys)
    {
        KeyGroupIndex index = new(keys.KeyGroups, entries.Length);
        foreach (ref readonly AppendOnlyTable<TKey, TAcc>.Entry entry in entries)
        {
            index.Count(KeyGroups.KeyGroupOf(entry.Hash, keys.MaxParallelism));
        }

        index.EndCounting();
        for (int i = 0; i < entries.Length; i++)
        {
            index.Place(KeyGroups.KeyGroupOf(entries[i].Hash, keys.MaxParallelism), i);
        }

        return index;
    }
}

/// <summary>Names of the sections of aligned windows.</summary>
internal static class AlignedWindowSections
{
    public const string Windows = "windows";
    public const string Slices = "slices";
    public const string WindowEntries = Windows + EntriesSuffix;
    public const string SliceEntries = Slices + EntriesSuffix;
    public const string WindowsProgress = "windows.progress";
    public const string SlicesProgress = "slices.progress";

    private const string EntriesSuffix = ".entries";
    private const string SchemaSuffix = ".schema";

    public static string EntriesOf(string sectionName) => sectionName + EntriesSuffix;

    /// <summary>Of the former format.</summary>
    public static string SchemaOf(string sectionName) => sectionName + SchemaSuffix;
}

/// <summary>What aligned windows of the former format were written with.</summary>
internal sealed record AlignedWindowSchema(TypeSchema Keys, TypeSchema Accumulators)
{
    public static AlignedWindowSchema Read(ISnapshotReader reader, string sectionName, string uid)
    {
        IReadOnlyList<ReadOnlyMemory<byte>> schemas = reader.Sections(AlignedWindowSections.SchemaOf(sectionName));
        if (schemas.Count == 0)
        {
            throw new InvalidDataException(
                $"Window operator '{uid}' has windows in the checkpoint but no schema of them; the checkpoint is damaged, restore an "
                    + "earlier one."
            );
        }

        DataReader data = new(schemas[0].Span);
        return new AlignedWindowSchema(TypeSchema.ReadFrom(ref data), TypeSchema.ReadFrom(ref data));
    }
}
