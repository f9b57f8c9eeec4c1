using Millrace.Checkpoints;
using Millrace.Serialization;

namespace Millrace.StateBackends;

/// <summary>The untyped face of a table of keyed state.</summary>
internal interface IStateTable : IDeferredState
{
    void Snapshot(ISnapshotWriter writer);
}

/// <summary>The untyped face of a broadcast state.</summary>
internal interface IBroadcastTable
{
    void Write(DataWriter writer);

    void Read(ReadOnlySpan<byte> bytes);
}
