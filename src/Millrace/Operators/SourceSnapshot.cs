using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Serialization;

namespace Millrace.Operators;

/// <summary>Binary format of a source's splits.</summary>
internal static class SourceSnapshot
{
    private const string Section = "splits";

    public static void Write(ISnapshotWriter writer, IEnumerable<RestoredSplit> splits)
    {
        RestoredSplit[] all = [.. splits];
        DataWriter section = writer.Section(Section);
        section.WriteVarUInt32((uint)all.Length);
        foreach (RestoredSplit split in all)
        {
            section.WriteString(split.Split.Id);
            section.WriteVarUInt32((uint)split.Split.AssignmentHint);
            section.WriteBytes(split.Split.Position.Span);
            section.WriteVarInt64(split.Watermark);
            section.WriteBoolean(split.IsFinished);
        }
    }

    public static IReadOnlyList<RestoredSplit> Read(ISnapshotReader? reader)
    {
        List<RestoredSplit> splits = [];
        foreach (ReadOnlyMemory<byte> section in reader?.Sections(Section) ?? [])
        {
            DataReader data = new(section.Span);
            int count = (int)data.ReadVarUInt32();
            for (int i = 0; i < count; i++)
            {
                string id = data.ReadString() ?? throw new InvalidDataException("A split in the checkpoint has no id.");
                int hint = (int)data.ReadVarUInt32();
                byte[] position = data.ReadBytes().ToArray();
                splits.Add(new RestoredSplit(new SourceSplit(id, hint, position), data.ReadVarInt64(), data.ReadBoolean()));
            }
        }

        return splits;
    }
}
