using Millrace.Checkpoints;
using Millrace.Serialization;

namespace Millrace.StateBackends;

/// <summary>The untyped face of a table of keyed state.</summary>
internal interface IStateTable : IDeferredState
{
    void Snapshot(ISnapshotWriter writer);
}

/// <summary>A table of keyed state, whatever it keeps.</summary>
internal interface IKeyedTable<TKey>
{
    /// <summary>The keys that have something, one for each namespace they have it in.</summary>
    IEnumerable<TKey> Keys { get; }
}

/// <summary>The untyped face of a broadcast state.</summary>
internal interface IBroadcastTable
{
    void Write(DataWriter writer);

    void Read(ReadOnlySpan<byte> bytes);
}
