using Millrace.Ledger;
using Millrace.Serialization;

namespace Millrace.Testing.Simulation;

/// <summary>Stands in for a task's logic where only the protocol's state is looked at.</summary>
internal sealed class OpaqueLogic : ITaskLogic
{
    public void Apply(in ChannelId channel, PayloadKind kind, ReadOnlyMemory<byte> payload, long after, ITaskOutput output) =>
        throw ReadOnly();

    public void AdvanceWatermark(long watermark, ITaskOutput output) => throw ReadOnly();

    public void Snapshot(DataWriter writer) => throw ReadOnly();

    public void Restore(ReadOnlyMemory<byte> snapshot)
    {
        // Nobody asks for it.
    }

    private static InvalidOperationException ReadOnly() => new("A task that was loaded to be looked at takes no operations.");
}
