using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;

namespace Millrace.StateBackends;

/// <summary>The untyped face of a table of keyed state.</summary>
internal interface IStateTable : IDeferredState
{
    void Snapshot(ISnapshotWriter writer);

    /// <summary>Brings what is kept of keys near to the processor, as they come next: a hint.</summary>
    /// <param name="hashes">The hashes of the keys.</param>
    void Prefetch(ReadOnlySpan<uint> hashes);
}

/// <summary>A table of keyed state, whatever it keeps.</summary>
internal interface IKeyedTable<TKey>
{
    /// <summary>The keys that have something, one for each namespace they have it in.</summary>
    IEnumerable<TKey> Keys { get; }
}

/// <summary>How tables are written as checkpoints want it.</summary>
internal static class TableScans
{
    /// <summary>Begins to write the entries as they are now.</summary>
    public static void Begin<TKey, TValue>(
        this KeyGroupTable<TKey, TValue> table,
        ITableScan<TKey, TValue> target,
        KeyGroupSections sections
    )
        where TKey : notnull
    {
        sections.SaysEverything = !table.IsTracked;
        table.BeginScan(
            target,
            writesRemovals: sections.Plan.Keeps > 0,
            notesRemovals: sections.Plan.GoesOn,
            changesOnly: sections.Plan.IsChangesOnly && !sections.SaysEverything,
            isAtOnce: sections.Plan.IsApart
        );
    }
}

/// <summary>The untyped face of a broadcast state.</summary>
internal interface IBroadcastTable
{
    void Write(DataWriter writer);

    void Read(ReadOnlySpan<byte> bytes);
}
