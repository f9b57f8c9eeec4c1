using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.Windows;

namespace Millrace.Operators.Windows;

/// <summary>
/// Up to which watermark the windows of sliced state have fired; section <c>slices.progress</c>, written beside the slices. Slices say what
/// is in windows, but not which of these were reported already. Tasks of one checkpoint may have seen different watermarks, so it is kept
/// per key group.
/// </summary>
internal sealed class SliceProgress(AlignedTimeWindows windows)
{
    private const string Section = "slices.progress";
    private const byte FormatVersion = 1;

    // Null where all key groups of the task stand at the same watermark.
    private long[]? _firedUpTo;
    private KeyGroupRange _range;

    /// <summary>Whether the key groups of the task stood at different watermarks when they were written.</summary>
    public bool IsMixed => _firedUpTo is not null;

    /// <summary>Whether a window of a key group was reported before the restore.</summary>
    public bool HasFired(uint hash, long maxTimestamp, int maxParallelism) =>
        _firedUpTo is not null && maxTimestamp <= _firedUpTo[KeyGroups.KeyGroupOf(hash, maxParallelism) - _range.Start];

    public void Write(ISnapshotWriter writer, KeyGroupRange range, long watermark)
    {
        DataWriter section = writer.Section(Section);
        section.WriteByte(FormatVersion);
        section.WriteVarInt64(windows.Size);
        section.WriteVarInt64(windows.Slide);
        section.WriteVarInt64(windows.Offset);
        section.WriteVarInt64(range.Start);
        section.WriteVarInt64(range.End);
        for (int group = range.Start; group < range.End; group++)
        {
            section.WriteVarInt64(_firedUpTo is null ? watermark : Math.Max(watermark, _firedUpTo[group - range.Start]));
        }
    }

    /// <summary>Reads what concerns a task.</summary>
    /// <returns>The watermark up to which all its windows have fired; the least possible one if there is no progress in the
    /// snapshot.</returns>
    public long Read(ISnapshotReader reader, KeyGroupRange range, string uid)
    {
        long[] firedUpTo = new long[range.Count];
        Array.Fill(firedUpTo, long.MinValue);
        foreach (ReadOnlyMemory<byte> section in reader.Sections(Section))
        {
            DataReader data = new(section.Span);
            StateFormat.RequireVersion(ref data, FormatVersion, Section);
            long size = data.ReadVarInt64();
            long slide = data.ReadVarInt64();
            long offset = data.ReadVarInt64();
            if (size != windows.Size || slide != windows.Slide || offset != windows.Offset)
            {
                throw new StateMigrationException(
                    $"Window operator '{uid}' has slices of windows of {size} ms every {slide} ms (offset {offset} ms) in the checkpoint, "
                        + $"but now has windows of {windows.Size} ms every {windows.Slide} ms (offset "
                        + $"{windows.Offset} ms); keep the windows, "
                        + "or give the operator another uid."
                );
            }

            int start = (int)data.ReadVarInt64();
            int end = (int)data.ReadVarInt64();
            for (int group = start; group < end; group++)
            {
                long watermark = data.ReadVarInt64();
                if (range.Contains(group))
                {
                    firedUpTo[group - range.Start] = watermark;
                }
            }
        }

        long least = firedUpTo.Min();
        _range = range;
        _firedUpTo = firedUpTo.Max() > least ? firedUpTo : null;
        return least;
    }
}
