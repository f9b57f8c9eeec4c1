namespace Millrace.Checkpoints;

/// <summary>The state of one operator as it was in a checkpoint, cut to what the task may need.</summary>
internal interface ISnapshotReader
{
    /// <summary>The operator-state sections of a name, one per former task that wrote it.</summary>
    /// <param name="name">Name of the section.</param>
    IReadOnlyList<ReadOnlyMemory<byte>> Sections(string name);

    /// <summary>The keyed-state sections of a name whose key groups this task owns.</summary>
    /// <param name="name">Name of the section.</param>
    IReadOnlyList<KeyGroupSection> KeyGroupSections(string name);
}

/// <summary>State of one key group.</summary>
/// <param name="KeyGroup">The key group.</param>
/// <param name="Data">The bytes as they were written.</param>
internal readonly record struct KeyGroupSection(int KeyGroup, ReadOnlyMemory<byte> Data);
