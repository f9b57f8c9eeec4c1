using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Windows;

namespace Millrace.Operators.Windows;

/// <summary>
/// Up to which watermark aligned windows have fired, and which of them are closed. What is written of windows says what is in them, but not
/// which were reported already; and parts of earlier checkpoints still have what was in windows that have been closed since. Tasks of one
/// checkpoint may have seen different watermarks, so it is kept per key group. Section <c>windows.progress</c> or
/// <c>slices.progress</c>, version 2: length, distance and offset of the windows, the key groups, and runs of neighbours that are alike.
/// Version 1 knew slices only, and gave the watermark of each key group.
/// </summary>
internal sealed class WindowProgress(AlignedTimeWindows windows)
{
    private const byte FormatVersion = 2;

    // Null before a restore.
    private Reached[]? _reached;
    private KeyGroupRange _range;

    /// <summary>The length that windows had when they were written, if it is another one now; in milliseconds.</summary>
    public long? OtherSize { get; private set; }

    /// <summary>Whether it is known of each key group, also of one without entries, which windows were reported.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>What windows there were when a snapshot was taken; <see langword="null"/> if nothing says so.</summary>
    public static AlignedTimeWindows? ShapeOf(ISnapshotReader reader, string section)
    {
        if (reader.Sections(section) is not [{ } first, ..])
        {
            return null;
        }

        DataReader data = new(first.Span);
        data.ReadByte();
        (TimeSpan size, TimeSpan slide, TimeSpan offset) = (Next(ref data), Next(ref data), Next(ref data));
        return size == slide ? TumblingEventTimeWindows.Of(size, offset) : SlidingEventTimeWindows.Of(size, slide, offset);

        static TimeSpan Next(ref DataReader data) => TimeSpan.FromMilliseconds(data.ReadVarInt64());
    }

    /// <summary>Whether the key groups of the task stood at different watermarks when they were written.</summary>
    public bool IsMixed => _reached?.Any(group => group.FiredUpTo != _reached[0].FiredUpTo) == true;

    /// <summary>Up to which watermark windows of any key group were reported before the restore.</summary>
    public long FiredUpToByAny => _reached?.Max(static group => group.FiredUpTo) ?? long.MinValue;

    /// <summary>The start of the first window that no key group had closed before the restore.</summary>
    public long OpenFromForAll => _reached?.Max(static group => group.OpenFrom) ?? long.MinValue;

    /// <summary>Whether a window of a key group was reported before the restore.</summary>
    public bool HasFired(int keyGroup, long start) =>
        _reached is not null && windows.MaxTimestampOf(start) <= _reached[keyGroup - _range.Start].FiredUpTo;

    /// <summary>Whether a window of a key group was closed before the restore.</summary>
    public bool IsClosed(int keyGroup, long start) => _reached is not null && start < _reached[keyGroup - _range.Start].OpenFrom;

    /// <summary>Whether a time is one whose windows, if it has any, a key group had closed before the restore.</summary>
    public bool IsBehind(int keyGroup, long timestamp) =>
        _reached?[keyGroup - _range.Start].OpenFrom switch
        {
            null or long.MinValue => false,
            long.MaxValue => true,
            { } from => timestamp <= from + windows.Size - 2,
        };

    /// <summary>The key groups whose windows of a start were reported before the restore.</summary>
    public HashSet<int> GroupsThatFired(long start) =>
        [.. Enumerable.Range(_range.Start, _reached?.Length ?? 0).Where(group => HasFired(group, start))];

    /// <summary>A window of a key group is known to have been reported.</summary>
    public void NoteFired(int keyGroup, long start)
    {
        ref Reached group = ref _reached![keyGroup - _range.Start];
        group = group with { FiredUpTo = Math.Max(group.FiredUpTo, windows.MaxTimestampOf(start)) };
    }

    /// <summary>Writes it for a task.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="section">Name of the section.</param>
    /// <param name="range">The key groups of the task.</param>
    /// <param name="firedUpTo">The watermark up to which windows have fired.</param>
    /// <param name="closedUpTo">Windows whose last timestamp is not greater are closed.</param>
    public void Write(ISnapshotWriter writer, string section, KeyGroupRange range, long firedUpTo, long closedUpTo)
    {
        DataWriter data = writer.Section(section);
        data.WriteByte(FormatVersion);
        data.WriteVarInt64(windows.Size);
        data.WriteVarInt64(windows.Slide);
        data.WriteVarInt64(windows.Offset);
        data.WriteVarInt64(range.Start);
        data.WriteVarInt64(range.End);
        Reached own = new(firedUpTo, OpenFrom(closedUpTo));
        for (int group = range.Start; group < range.End; )
        {
            Reached reached = Latest(group, own);
            int end = group + 1;
            while (end < range.End && Latest(end, own) == reached)
            {
                end++;
            }

            data.WriteVarUInt32((uint)(end - group));
            data.WriteVarInt64(reached.FiredUpTo);
            data.WriteVarInt64(reached.OpenFrom);
            group = end;
        }
    }

    /// <summary>Reads what concerns a task.</summary>
    /// <param name="reader">The snapshot.</param>
    /// <param name="section">Name of the section.</param>
    /// <param name="range">The key groups of the task.</param>
    /// <param name="uid">Of the operator; for errors.</param>
    /// <param name="isShape">Whether the windows must be what they were.</param>
    /// <returns>The watermark up to which all windows of the task have fired; the least possible one if nothing says so.</returns>
    public long Read(ISnapshotReader reader, string section, KeyGroupRange range, string uid, bool isShape)
    {
        if (_reached is null)
        {
            _range = range;
            _reached = new Reached[range.Count];
            Array.Fill(_reached, Reached.Nothing);
        }

        foreach (ReadOnlyMemory<byte> written in reader.Sections(section))
        {
            DataReader data = new(written.Span);
            byte version = data.ReadByte();
            if (version is 0 or > FormatVersion)
            {
                throw new StateMigrationException(
                    $"Window operator '{uid}' has section '{section}' in format version {version}, this Millrace reads up to "
                        + $"{FormatVersion}; restore with the version that wrote it or a later one."
                );
            }

            (long size, long slide, long offset) = (data.ReadVarInt64(), data.ReadVarInt64(), data.ReadVarInt64());
            if (isShape && (size != windows.Size || slide != windows.Slide || offset != windows.Offset))
            {
                throw new StateMigrationException(
                    $"Window operator '{uid}' has slices of windows of {size} ms every {slide} ms (offset {offset} ms) in the checkpoint, "
                        + $"but now has windows of {windows.Size} ms every {windows.Slide} ms (offset "
                        + $"{windows.Offset} ms); keep the windows, "
                        + "or give the operator another uid."
                );
            }

            IsComplete = true;
            OtherSize = size == windows.Size ? OtherSize : size;
            int group = (int)data.ReadVarInt64();
            int end = (int)data.ReadVarInt64();
            while (group < end)
            {
                int next = group + (version == 1 ? 1 : (int)data.ReadVarUInt32());
                Reached reached = new(data.ReadVarInt64(), version == 1 ? long.MinValue : data.ReadVarInt64());
                for (; group < next; group++)
                {
                    if (range.Contains(group))
                    {
                        _reached[group - range.Start] = reached;
                    }
                }
            }
        }

        return _reached.Min(static group => group.FiredUpTo);
    }

    private Reached Latest(int group, Reached own) =>
        _reached is null
            ? own
            : new(
                Math.Max(own.FiredUpTo, _reached[group - _range.Start].FiredUpTo),
                OtherSize is null ? Math.Max(own.OpenFrom, _reached[group - _range.Start].OpenFrom) : own.OpenFrom
            );

    // The start of the first window whose last timestamp is greater.
    private long OpenFrom(long closedUpTo) =>
        closedUpTo == long.MaxValue ? long.MaxValue
        : closedUpTo < long.MinValue + windows.Size ? long.MinValue
        : closedUpTo - windows.Size + 2;

    private readonly record struct Reached(long FiredUpTo, long OpenFrom)
    {
        public static readonly Reached Nothing = new(long.MinValue, long.MinValue);
    }
}
