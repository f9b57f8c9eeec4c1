using Millrace.Checkpoints;

namespace Millrace.StateBackends;

/// <summary>The untyped face of a table of keyed state.</summary>
internal interface IStateTable
{
    string Name { get; }

    void Snapshot(ISnapshotWriter writer);
}
