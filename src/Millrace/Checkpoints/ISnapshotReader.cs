namespace Millrace.Checkpoints;

/// <summary>The state of one operator as it was in a checkpoint, cut to what the task may need.</summary>
internal interface ISnapshotReader
{
    /// <summary>Whether the task's next part builds on what this reads, so that only changes are to be written.</summary>
    bool GoesOn => false;

    /// <summary>The operator-state sections of a name, one per former task that wrote it.</summary>
    /// <param name="name">Name of the section.</param>
    IReadOnlyList<ReadOnlyMemory<byte>> Sections(string name);

    /// <summary>
    /// The keyed-state sections of a name whose key groups this task owns, by key group. Changes come behind what they change, in their
    /// order.
    /// </summary>
    /// <param name="name">Name of the section.</param>
    IReadOnlyList<KeyGroupSection> KeyGroupSections(string name);
}

/// <summary>State of one key group.</summary>
/// <param name="KeyGroup">The key group.</param>
/// <param name="Data">The bytes as they were written.</param>
/// <param name="Kind">What the bytes are, see <see cref="TaskSnapshotFormat"/>.</param>
internal readonly record struct KeyGroupSection(int KeyGroup, ReadOnlyMemory<byte> Data, byte Kind = TaskSnapshotFormat.KeyedSection)
{
    /// <summary>What the section begins with, where that is kept once for many; empty = it is in the section.</summary>
    public ReadOnlyMemory<byte> Header { get; init; }

    /// <summary>Where the section begins.</summary>
    public ReadOnlySpan<byte> Beginning => Header.IsEmpty ? Data.Span : Header.Span;

    /// <summary>Whether it says what has changed since the section before, instead of everything.</summary>
    public bool IsChange => Kind is TaskSnapshotFormat.ChangesSection or TaskSnapshotFormat.OrderedSection;
}
