using Millrace.Checkpoints;
using Millrace.Serialization;

namespace Millrace.Operators.Connectors;

/// <summary>What a committing sink keeps in a checkpoint.</summary>
internal static class Committables
{
    private const string Section = "committables";

    public static void Write(IReadOnlyCollection<ReadOnlyMemory<byte>> committables, ISnapshotWriter writer)
    {
        DataWriter section = writer.Section(Section);
        section.WriteVarUInt32((uint)committables.Count);
        foreach (ReadOnlyMemory<byte> committable in committables)
        {
            section.WriteBytes(committable.Span);
        }
    }

    /// <summary>Those of all former tasks; none where there is no state.</summary>
    public static List<ReadOnlyMemory<byte>> Read(ISnapshotReader? restored)
    {
        // Every task sees them all: one that rolls back what is not among them must not take another task's for left over.
        List<ReadOnlyMemory<byte>> committables = [];
        foreach (ReadOnlyMemory<byte> section in restored?.Sections(Section) ?? [])
        {
            DataReader reader = new(section.Span);
            int count = (int)reader.ReadVarUInt32();
            for (int i = 0; i < count; i++)
            {
                committables.Add(reader.ReadBytes().ToArray());
            }
        }

        return committables;
    }
}
