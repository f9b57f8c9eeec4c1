using System.Buffers.Binary;
using System.IO.Hashing;
using Millrace.Serialization;

namespace Millrace.Checkpoints;

/// <summary>
/// The index of one task's part. Sections are views into the bytes that were given, not copies. Immutable, so that tasks may share it.
/// </summary>
internal sealed class TaskSnapshotReader
{
    private readonly ReadOnlyMemory<byte> _content;
    private readonly bool _isBuiltOn;
    private readonly Dictionary<string, List<NameEntry>> _operators = new(StringComparer.Ordinal);

    /// <summary>Reads the index of a part.</summary>
    /// <param name="content">The bytes of the part; kept, not copied.</param>
    /// <param name="name">What the part is called in errors.</param>
    /// <param name="isBuiltOn">Whether a later part of its task builds on it: then only what may be built on counts.</param>
    /// <exception cref="InvalidDataException">The bytes are no part of a checkpoint, truncated, damaged, or of a later version.</exception>
    public TaskSnapshotReader(ReadOnlyMemory<byte> content, string name, bool isBuiltOn = false)
    {
        _content = content;
        _isBuiltOn = isBuiltOn;
        Name = name;
        ReadIndex(FindIndex(content.Span));
    }

    public string Name { get; }

    /// <summary>Uids of the operators whose state the part holds; operators without state are in the part, too, but not here.</summary>
    public IReadOnlyCollection<string> OperatorUids => [.. _operators.Where(entry => entry.Value.Count > 0).Select(entry => entry.Key)];

    /// <summary>Uids of all operators of the task, also of those without state.</summary>
    public IReadOnlyCollection<string> AllUids => _operators.Keys;

    /// <summary>Whether later parts may build on all that it has by key group.</summary>
    public bool MayBeBuiltOn =>
        _operators.Values.All(static names => names.TrueForAll(static name => name.Kind != TaskSnapshotFormat.KeyedSection));

    public bool Contains(string uid) => _operators.ContainsKey(uid);

    /// <summary>What an operator has written: names of its sections, and whether they are of key groups.</summary>
    public IEnumerable<(string Name, bool IsKeyed)> NamesOf(string uid) =>
        _operators.TryGetValue(uid, out List<NameEntry>? names)
            ? names.Select(static entry => (entry.Name, entry.Kind != TaskSnapshotFormat.OperatorSection))
            : [];

    public void AddSections(string uid, string name, List<ReadOnlyMemory<byte>> sections)
    {
        foreach (NameEntry entry in Find(uid, name))
        {
            if (entry.Kind == TaskSnapshotFormat.OperatorSection && !_isBuiltOn)
            {
                sections.AddRange(entry.Sections.Select(section => section.Data));
            }
        }
    }

    /// <summary>What the part has of some key groups. Changes come behind what they change.</summary>
    public void AddKeyGroupSections(string uid, string name, State.KeyGroupRange range, List<KeyGroupSection> sections)
    {
        foreach (NameEntry entry in Find(uid, name).Where(IsKept).OrderBy(entry => entry.Kind))
        {
            sections.AddRange(entry.Sections.Where(section => range.Contains(section.KeyGroup)));
        }
    }

    /// <summary>Names of what the part has of an operator by key group.</summary>
    public IEnumerable<string> KeyGroupNames(string uid) =>
        _operators.TryGetValue(uid, out List<NameEntry>? names) ? names.Where(IsKept).Select(entry => entry.Name) : [];

    /// <summary>All that the part has by key group. Changes come behind what they change.</summary>
    public IEnumerable<(string Uid, string Name, KeyGroupSection Section)> KeyGroupSections() =>
        _operators.SelectMany(each =>
            each.Value.Where(IsKept)
                .OrderBy(entry => entry.Kind)
                .SelectMany(entry => entry.Sections.Select(section => (each.Key, entry.Name, section)))
        );

    private bool IsKept(NameEntry entry) =>
        entry.Kind != TaskSnapshotFormat.OperatorSection && (entry.Kind != TaskSnapshotFormat.KeyedSection || !_isBuiltOn);

    private IEnumerable<NameEntry> Find(string uid, string name) =>
        _operators.TryGetValue(uid, out List<NameEntry>? names)
            ? names.Where(entry => string.Equals(entry.Name, name, StringComparison.Ordinal))
            : [];

    private ReadOnlySpan<byte> FindIndex(ReadOnlySpan<byte> bytes)
    {
        if (
            bytes.Length < TaskSnapshotFormat.HeaderSize + TaskSnapshotFormat.FooterSize
            || !bytes.StartsWith(TaskSnapshotFormat.HeaderMagic)
        )
        {
            throw Damaged("does not begin as a task's part of a checkpoint");
        }

        byte version = bytes[TaskSnapshotFormat.HeaderMagic.Length];
        if (version is 0 or > TaskSnapshotFormat.VersionWithOrder)
        {
            throw new InvalidDataException(
                $"Checkpoint part '{Name}' has format version {version}, this Millrace reads up to version "
                    + $"{TaskSnapshotFormat.VersionWithOrder}; restore it with the Millrace that wrote it or a later one."
            );
        }

        ReadOnlySpan<byte> footer = bytes[^TaskSnapshotFormat.FooterSize..];
        long offset = BinaryPrimitives.ReadInt64LittleEndian(footer);
        int length = BinaryPrimitives.ReadInt32LittleEndian(footer[8..]);
        if (
            !footer[20..].SequenceEqual(TaskSnapshotFormat.FooterMagic)
            || offset < TaskSnapshotFormat.HeaderSize
            || length < 0
            || offset + length != bytes.Length - TaskSnapshotFormat.FooterSize
        )
        {
            throw Damaged("is truncated or has a damaged end");
        }

        ReadOnlySpan<byte> index = bytes.Slice((int)offset, length);
        if (XxHash3.HashToUInt64(index) != BinaryPrimitives.ReadUInt64LittleEndian(footer[12..]))
        {
            throw Damaged("has a damaged index");
        }

        return index;
    }

    private void ReadIndex(ReadOnlySpan<byte> index)
    {
        DataReader reader = new(index);
        for (int operators = reader.ReadCount(); operators > 0; operators--)
        {
            List<NameEntry> names = new();
            _operators.Add(reader.ReadString() ?? throw Damaged("has an operator without uid"), names);
            for (int count = reader.ReadCount(); count > 0; count--)
            {
                names.Add(ReadName(ref reader, _content.Span[TaskSnapshotFormat.HeaderMagic.Length]));
            }
        }
    }

    private NameEntry ReadName(ref DataReader reader, byte version)
    {
        string name = reader.ReadString() ?? throw Damaged("has a section without name");
        byte kind = reader.ReadByte();
        byte[] header = version >= TaskSnapshotFormat.VersionWithHeaders ? reader.ReadBytes().ToArray() : [];
        int count = reader.ReadCount();
        KeyGroupSection[] sections = new KeyGroupSection[count];
        for (int i = 0; i < count; i++)
        {
            int keyGroup = kind != TaskSnapshotFormat.OperatorSection ? checked((int)reader.ReadVarUInt32()) : -1;
            ulong offset = reader.ReadVarUInt64();
            uint length = reader.ReadVarUInt32();
            if (offset + length > (ulong)_content.Length)
            {
                throw Damaged($"has a section '{name}' that ends behind its end");
            }

            sections[i] = new KeyGroupSection(keyGroup, _content.Slice((int)offset, (int)length), kind) { Header = header };
        }

        return new NameEntry(name, kind, sections);
    }

    private InvalidDataException Damaged(string what) =>
        new($"Checkpoint part '{Name}' ({_content.Length} bytes) {what}; restore from an earlier checkpoint.");

    private sealed record NameEntry(string Name, byte Kind, KeyGroupSection[] Sections);
}
