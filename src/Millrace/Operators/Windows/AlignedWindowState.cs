using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.Windows;

namespace Millrace.Operators.Windows;

/// <summary>
/// Binary format of aligned windows, or of their slices. Section <c>windows.schema</c>: schemas of key and accumulator. Keyed section
/// <c>windows</c>: per open window its start, whether it has fired, and the group's keys with accumulators. Slices are written likewise,
/// under <c>slices</c>.
/// </summary>
internal sealed class AlignedWindowState<TKey, TAcc>(
    AlignedPanes<TKey, TAcc> panes,
    IKeyHasher<TKey> hasher,
    TypeSerializer<TKey> keys,
    TypeSerializer<TAcc> accumulators,
    string sectionName = AlignedWindowState<TKey, TAcc>.Windows
)
    where TKey : notnull
{
    public const string Windows = "windows";
    public const string Slices = "slices";

    public void Snapshot(ISnapshotWriter writer, KeyGroupRange range, int maxParallelism)
    {
        WindowPane<TKey, TAcc>[] open = [.. panes.InOrder.Where(pane => pane.Table.Count > 0)];
        if (open.Length == 0)
        {
            return;
        }

        DataWriter schema = writer.Section(AlignedWindowSchema.SectionOf(sectionName));
        keys.Schema.WriteTo(schema);
        accumulators.Schema.WriteTo(schema);
        KeyGroupIndex[] indexes = [.. open.Select(pane => IndexOf(pane, range, maxParallelism))];
        for (int group = range.Start; group < range.End; group++)
        {
            int windows = indexes.Count(index => index.CountOf(group) > 0);
            if (windows == 0)
            {
                continue;
            }

            DataWriter section = writer.KeyGroupSection(sectionName, group);
            section.WriteVarUInt32((uint)windows);
            for (int i = 0; i < open.Length; i++)
            {
                WriteGroup(section, open[i], group, indexes[i].EntriesOf(group));
            }
        }

        foreach (KeyGroupIndex index in indexes)
        {
            index.Dispose();
        }
    }

    /// <summary>Reads what a task owns.</summary>
    /// <returns>Whether keys have moved to other key groups (<see cref="RestoredKeys"/>).</returns>
    public bool Restore(ISnapshotReader reader, string uid, KeyGroupRange range, int maxParallelism)
    {
        IReadOnlyList<KeyGroupSection> sections = reader.KeyGroupSections(sectionName);
        if (sections.Count == 0)
        {
            return false;
        }

        (TypeSerializer<TKey> keyReader, TypeSerializer<TAcc> accumulatorReader) = ReadersOf(reader, uid);
        HashSet<WindowPane<TKey, TAcc>> waiting = [];
        bool hasMoved = false;
        foreach (KeyGroupSection section in sections)
        {
            DataReader data = new(section.Data.Span);
            for (uint windows = data.ReadVarUInt32(); windows > 0; windows--)
            {
                WindowPane<TKey, TAcc> pane = panes.GetOrOpen(data.ReadVarInt64());
                if (data.ReadBoolean())
                {
                    (pane.FiredGroups ??= []).Add(section.KeyGroup);
                }
                else
                {
                    waiting.Add(pane);
                }

                for (uint count = data.ReadVarUInt32(); count > 0; count--)
                {
                    TKey key = keyReader.Deserialize(ref data);
                    uint hash = hasher.Hash(key);
                    hasMoved |= RestoredKeys.HasMoved(key, hash, section.KeyGroup, range, maxParallelism, uid);
                    pane.Table.GetOrAdd(key, hash, out bool added) = accumulatorReader.Deserialize(ref data);
                    if (!added)
                    {
                        RestoredKeys.ThrowTwice(key, uid);
                    }
                }
            }
        }

        foreach (WindowPane<TKey, TAcc> pane in panes.InOrder.Where(pane => pane.FiredGroups is not null && !waiting.Contains(pane)))
        {
            (pane.Fired, pane.FiredGroups) = (true, null);
        }

        if (hasMoved && panes.InOrder.Any(static pane => pane.FiredGroups is not null))
        {
            RestoredKeys.ThrowMixed(uid);
        }

        return hasMoved;
    }

    private static KeyGroupIndex IndexOf(WindowPane<TKey, TAcc> pane, KeyGroupRange range, int maxParallelism)
    {
        ReadOnlySpan<AppendOnlyTable<TKey, TAcc>.Entry> entries = pane.Table.Entries;
        KeyGroupIndex index = new(range, entries.Length);
        foreach (ref readonly AppendOnlyTable<TKey, TAcc>.Entry entry in entries)
        {
            index.Count(KeyGroups.KeyGroupOf(entry.Hash, maxParallelism));
        }

        index.EndCounting();
        for (int i = 0; i < entries.Length; i++)
        {
            index.Place(KeyGroups.KeyGroupOf(entries[i].Hash, maxParallelism), i);
        }

        return index;
    }

    private void WriteGroup(DataWriter section, WindowPane<TKey, TAcc> pane, int group, ReadOnlySpan<int> entries)
    {
        if (entries.IsEmpty)
        {
            return;
        }

        section.WriteVarInt64(pane.Start);
        section.WriteBoolean(pane.HasFiredGroup(group));
        section.WriteVarUInt32((uint)entries.Length);
        ReadOnlySpan<AppendOnlyTable<TKey, TAcc>.Entry> table = pane.Table.Entries;
        foreach (int i in entries)
        {
            keys.Serialize(table[i].Key, section);
            accumulators.Serialize(table[i].Value, section);
        }
    }

    private (TypeSerializer<TKey> Keys, TypeSerializer<TAcc> Accumulators) ReadersOf(ISnapshotReader reader, string uid)
    {
        AlignedWindowSchema written = AlignedWindowSchema.Read(reader, sectionName, uid);
        return (keys.ForWritten(written.Keys), accumulators.ForWritten(written.Accumulators));
    }
}

/// <summary>What aligned windows were written with.</summary>
internal sealed record AlignedWindowSchema(TypeSchema Keys, TypeSchema Accumulators)
{
    public static string SectionOf(string sectionName) => sectionName + ".schema";

    public static AlignedWindowSchema Read(ISnapshotReader reader, string sectionName, string uid)
    {
        IReadOnlyList<ReadOnlyMemory<byte>> schemas = reader.Sections(SectionOf(sectionName));
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
