using Millrace.State;

namespace Millrace.Checkpoints;

/// <summary>The state of one operator, put together from the parts of its former tasks and cut to the key groups of the new one.</summary>
internal sealed class MergedSnapshotReader : ISnapshotReader
{
    private readonly IReadOnlyList<TaskSnapshotReader> _parts;
    private readonly string _uid;
    private readonly KeyGroupRange _range;

    private MergedSnapshotReader(IReadOnlyList<TaskSnapshotReader> parts, string uid, KeyGroupRange range, bool goesOn)
    {
        GoesOn = goesOn;
        _parts = parts;
        _uid = uid;
        _range = range;
    }

    /// <summary>A reader over all parts that know an operator.</summary>
    /// <param name="parts">Parts of one checkpoint.</param>
    /// <param name="uid">The operator's uid.</param>
    /// <param name="range">The key groups that the new task owns.</param>
    /// <param name="goesOn">Whether the task's next part builds on these.</param>
    /// <returns>The reader, or <see langword="null"/> when no part knows the operator.</returns>
    public static MergedSnapshotReader? Create(IEnumerable<TaskSnapshotReader> parts, string uid, KeyGroupRange range, bool goesOn = false)
    {
        TaskSnapshotReader[] known = [.. parts.Where(part => part.Contains(uid))];
        return known.Length == 0 ? null : new MergedSnapshotReader(known, uid, range, goesOn);
    }

    /// <summary>Puts parts of a task that follow each other together to one that may be built on; only that may come of them.</summary>
    /// <param name="parts">The parts, as they are built on, oldest first.</param>
    public static TaskSnapshot Merge(IReadOnlyList<TaskSnapshotReader> parts)
    {
        using TaskSnapshotWriter writer = new();
        foreach (string uid in parts.SelectMany(part => part.OperatorUids).Distinct(StringComparer.Ordinal))
        {
            ISnapshotReader merged = Create(parts, uid, new KeyGroupRange(0, int.MaxValue))!;
            foreach (string name in parts.SelectMany(part => part.KeyGroupNames(uid)).Distinct(StringComparer.Ordinal))
            {
                writer.CarryTogether(uid, name, merged.KeyGroupSections(name));
            }
        }

        return writer.Complete();
    }

    public bool GoesOn { get; }

    public IReadOnlyList<ReadOnlyMemory<byte>> Sections(string name)
    {
        List<ReadOnlyMemory<byte>> sections = new();
        foreach (TaskSnapshotReader part in _parts)
        {
            part.AddSections(_uid, name, sections);
        }

        return sections;
    }

    public IReadOnlyList<KeyGroupSection> KeyGroupSections(string name)
    {
        List<KeyGroupSection> sections = new();
        foreach (TaskSnapshotReader part in _parts)
        {
            part.AddKeyGroupSections(_uid, name, _range, sections);
        }

        // Parts of a task come in their order, and a base makes up for all of its key group before it.
        List<KeyGroupSection> merged = new(sections.Count);
        foreach (KeyGroupSection section in sections.OrderBy(static section => section.KeyGroup))
        {
            if (section.Kind == TaskSnapshotFormat.BaseSection)
            {
                int before = merged.Count;
                while (before > 0 && merged[before - 1].KeyGroup == section.KeyGroup)
                {
                    before--;
                }

                merged.RemoveRange(before, merged.Count - before);
            }

            merged.Add(section);
        }

        return merged;
    }
}
