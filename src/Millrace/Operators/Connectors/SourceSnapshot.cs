using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Serialization;
using Millrace.Time;

namespace Millrace.Operators.Connectors;

/// <summary>Binary format of a source's splits.</summary>
internal static class SourceSnapshot
{
    public const string Section = "splits";

    // Only where a split has votes, so that sources without a guard keep their bytes.
    public const string VotesSection = "split-votes";

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

        RestoredSplit[] voting = [.. all.Where(split => split.Votes.Count > 0)];
        if (voting.Length > 0)
        {
            WriteVotes(writer.Section(VotesSection), voting);
        }
    }

    public static IReadOnlyList<RestoredSplit> Read(ISnapshotReader? reader)
    {
        List<RestoredSplit> splits = [];
        Dictionary<string, TimestampVotes> votes = ReadVotes(reader);
        foreach (ReadOnlyMemory<byte> section in reader?.Sections(Section) ?? [])
        {
            DataReader data = new(section.Span);
            int count = (int)data.ReadVarUInt32();
            for (int i = 0; i < count; i++)
            {
                string id = data.ReadString() ?? throw new InvalidDataException("A split in the checkpoint has no id.");
                int hint = (int)data.ReadVarUInt32();
                byte[] position = data.ReadBytes().ToArray();
                splits.Add(
                    new RestoredSplit(new SourceSplit(id, hint, position), data.ReadVarInt64(), data.ReadBoolean())
                    {
                        Votes = votes.GetValueOrDefault(id),
                    }
                );
            }
        }

        return splits;
    }

    private static void WriteVotes(DataWriter section, RestoredSplit[] voting)
    {
        section.WriteVarUInt32((uint)voting.Length);
        foreach (RestoredSplit split in voting)
        {
            section.WriteString(split.Split.Id);
            section.WriteVarInt64(split.Votes.Time);
            section.WriteVarUInt32((uint)split.Votes.Count);
        }
    }

    private static Dictionary<string, TimestampVotes> ReadVotes(ISnapshotReader? reader)
    {
        Dictionary<string, TimestampVotes> votes = new(StringComparer.Ordinal);
        foreach (ReadOnlyMemory<byte> section in reader?.Sections(VotesSection) ?? [])
        {
            DataReader data = new(section.Span);
            int count = (int)data.ReadVarUInt32();
            for (int i = 0; i < count; i++)
            {
                string id = data.ReadString() ?? throw new InvalidDataException("A split's votes in the checkpoint have no id.");
                votes[id] = new TimestampVotes(data.ReadVarInt64(), (int)data.ReadVarUInt32());
            }
        }

        return votes;
    }
}

/// <summary>A split as it stands in a checkpoint.</summary>
internal sealed record RestoredSplit(SourceSplit Split, long Watermark, bool IsFinished)
{
    /// <summary>What its records ahead say about it.</summary>
    public TimestampVotes Votes { get; init; }
}
