using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;

namespace Millrace.Savepoints;

/// <summary>
/// One state of an operator in a checkpoint, read without the job's types: by the schemas that stand before its entries, with the code that
/// a job reads it with.
/// </summary>
internal abstract class StateContents
{
    private readonly SortedDictionary<int, List<KeyGroupSection>> _groups = [];

    protected StateContents(ISnapshotReader reader, string section, int maxParallelism)
    {
        Reader = reader;
        Section = section;
        MaxParallelism = maxParallelism;
        foreach (KeyGroupSection each in reader.KeyGroupSections(section))
        {
            if (!_groups.TryGetValue(each.KeyGroup, out List<KeyGroupSection>? sections))
            {
                _groups.Add(each.KeyGroup, sections = []);
            }

            sections.Add(each);
        }
    }

    /// <summary>Name of its sections, unique in the operator.</summary>
    public string Section { get; }

    /// <summary>What people call it.</summary>
    public virtual string Name => Section;

    /// <summary>What it is, in words.</summary>
    public abstract string Kind { get; }

    /// <summary>What the keys are; <see langword="null"/> where nothing says so.</summary>
    public TypeSchema? Keys { get; protected init; }

    /// <summary>What entries of one key are told apart by; <see langword="null"/> = nothing, or not known.</summary>
    public TypeSchema? Namespaces { get; protected init; }

    /// <summary>What is kept.</summary>
    public TypeSchema? Values { get; protected init; }

    /// <summary>The key groups that have something.</summary>
    public IReadOnlyCollection<int> KeyGroups => _groups.Keys;

    public virtual long Bytes => _groups.Keys.Sum(BytesOf);

    protected ISnapshotReader Reader { get; }

    protected int MaxParallelism { get; }

    public long BytesOf(int keyGroup) => _groups[keyGroup].Sum(static section => (long)section.Data.Length);

    /// <summary>Number of entries of a key group; <see langword="null"/> where that cannot be told.</summary>
    public abstract long? CountOf(int keyGroup);

    /// <summary>The entries of a key group.</summary>
    public abstract IEnumerable<StateEntry> Read(int keyGroup);

    /// <summary>Number of all entries; <see langword="null"/> where that cannot be told.</summary>
    public virtual long? Count()
    {
        long count = 0;
        foreach (int keyGroup in KeyGroups)
        {
            if (CountOf(keyGroup) is not { } entries)
            {
                return null;
            }

            count += entries;
        }

        return count;
    }

    /// <summary>All entries.</summary>
    public virtual IEnumerable<StateEntry> Read() => KeyGroups.SelectMany(Read);

    protected IReadOnlyList<KeyGroupSection> SectionsOf(int keyGroup) => _groups[keyGroup];

    /// <summary>The first section of all, which has the schemas.</summary>
    protected KeyGroupSection? First => _groups.Count == 0 ? null : _groups.First().Value[0];

    /// <summary>The state of a key group alone, as an operator restores it.</summary>
    protected ISnapshotReader ReaderOf(int keyGroup) => new KeyGroupReader(Reader, Section, SectionsOf(keyGroup));

    /// <summary>What a key group's keys are read with: as if one task had them all, so that none is in a wrong place.</summary>
    protected (KeyGroupRange Range, SchemaKeyHasher Hasher) RangeOf(int keyGroup) =>
        (new KeyGroupRange(0, MaxParallelism), new SchemaKeyHasher(SectionsOf(keyGroup).Any(static section => section.IsChange)));

    protected static bool IsKnown(TypeSchema schema) => SchemaNode.Of(schema).IsKnown;

    /// <summary>A whole section that cannot be read.</summary>
    protected static StateEntry Undecoded(in KeyGroupSection section, TypeSchema schema) =>
        new(section.KeyGroup, null, null, StateEntry.Undecoded(schema, section.Data));
}

/// <summary>One key group of one state of an operator.</summary>
internal sealed class KeyGroupReader(ISnapshotReader all, string name, IReadOnlyList<KeyGroupSection> sections) : ISnapshotReader
{
    public IReadOnlyList<ReadOnlyMemory<byte>> Sections(string section) => all.Sections(section);

    public IReadOnlyList<KeyGroupSection> KeyGroupSections(string section) =>
        string.Equals(section, name, StringComparison.Ordinal) ? sections : [];
}
