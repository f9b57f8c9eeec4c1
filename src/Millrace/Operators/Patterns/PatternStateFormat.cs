using Millrace.Checkpoints;
using Millrace.Patterns;
using Millrace.Serialization;
using Millrace.StateBackends;

namespace Millrace.Operators.Patterns;

/// <summary>
/// Binary format of a pattern operator, version 3: a table of keyed state with a <see cref="KeyMatches{T}"/> for each key
/// (<see cref="KeyMatchesSerializer{T}"/>), and section <c>patterns.schema</c> with the version, so that a Millrace that reads version 2
/// alone refuses it. Of version 2, which was written at the barrier, each time as a whole, a section is the number of its keys, never 0,
/// and the keys with the same bytes; section <c>patterns.schema</c> has the version, the shape of the pattern and the schemas of key and
/// event. The first byte tells sections apart: on the function app, tasks that had nothing to do have not written theirs again.
/// </summary>
/// <param name="uid">The operator.</param>
/// <param name="keys">The keys of the task.</param>
/// <param name="matches">Writes what is kept of a key.</param>
internal sealed class PatternStateFormat<TKey, T>(string uid, KeyContext<TKey> keys, KeyMatchesSerializer<T> matches)
    where TKey : notnull
{
    public const string KeysSection = "patterns";

    /// <summary>A new table.</summary>
    /// <param name="store">Where what memory has no room for goes; <see langword="null"/> = it stays in memory.</param>
    public StateTable<TKey, VoidNamespace, KeyMatches<T>> CreateTable(IStateStore? store) =>
        new(KeysSection, keys, TypeSerializers.For<VoidNamespace>(), matches, store, PatternSchema.TableVersion);

    public static void Snapshot(ISnapshotWriter writer, StateTable<TKey, VoidNamespace, KeyMatches<T>> table)
    {
        writer.Section(PatternSchema.Section).WriteByte(PatternSchema.Version);
        table.Snapshot(writer);
    }

    /// <summary>Fills a new table.</summary>
    public void Restore(ISnapshotReader reader, StateTable<TKey, VoidNamespace, KeyMatches<T>> table)
    {
        IReadOnlyList<KeyGroupSection> sections = reader.KeyGroupSections(KeysSection);
        PatternSchema? before = sections.Count == 0 ? null : PatternSchema.Read(reader, uid, sections.Any(PatternSchema.IsBefore));
        if (before is null)
        {
            table.Restore(reader);
            return;
        }

        table.Restore(new OtherSections([.. sections.Where(static section => !PatternSchema.IsBefore(section))]));
        KeyMatchesSerializer<T> matchesReader = matches.ForWritten(before.Shape, before.Events);
        TypeSerializer<TKey> keyReader = keys.Serializer.ForWritten(before.Keys);
        foreach (KeyGroupSection section in sections.Where(PatternSchema.IsBefore))
        {
            Restore(section, keyReader, matchesReader, table);
        }
    }

    private void Restore(
        KeyGroupSection section,
        TypeSerializer<TKey> keyReader,
        KeyMatchesSerializer<T> matchesReader,
        StateTable<TKey, VoidNamespace, KeyMatches<T>> table
    )
    {
        DataReader data = new(section.Data.Span);
        for (uint count = data.ReadVarUInt32(); count > 0; count--)
        {
            TKey key = keyReader.Deserialize(ref data);
            KeyMatches<T> restored = matchesReader.Deserialize(ref data);
            uint hash = keys.Hasher.Hash(key);
            RestoredKeys.HasMoved(key, hash, section.KeyGroup, keys.KeyGroups, keys.MaxParallelism, uid);
            keys.Set(key, hash);
            table.GetOrAdd(default, out bool exists) = restored;
            if (exists)
            {
                RestoredKeys.ThrowTwice(key, uid);
            }
        }
    }

    /// <summary>Some sections of keys.</summary>
    private sealed class OtherSections(IReadOnlyList<KeyGroupSection> sections) : ISnapshotReader
    {
        public IReadOnlyList<ReadOnlyMemory<byte>> Sections(string name) => [];

        public IReadOnlyList<KeyGroupSection> KeyGroupSections(string name) => sections;
    }
}

/// <summary>What a pattern operator has written its state with in version 2.</summary>
internal sealed record PatternSchema(string Shape, TypeSchema Keys, TypeSchema Events)
{
    public const byte Version = 3;
    public const string Section = "patterns.schema";

    /// <summary>What sections of keys begin with: those of version 2 begin with another byte.</summary>
    public const byte TableVersion = 0;

    private const byte VersionBefore = 2;

    /// <summary>Whether a section of keys is of version 2.</summary>
    public static bool IsBefore(KeyGroupSection section) => section.Beginning[0] != TableVersion;

    /// <summary>Looks at what the former tasks have written.</summary>
    /// <param name="reader">Where from.</param>
    /// <param name="uid">The operator.</param>
    /// <param name="hasBefore">Whether there are sections of keys of version 2.</param>
    /// <returns>What version 2 has written; <see langword="null"/> = nothing.</returns>
    /// <exception cref="StateMigrationException">Another version was at work.</exception>
    /// <exception cref="InvalidDataException">What version 2 has written is missing.</exception>
    public static PatternSchema? Read(ISnapshotReader reader, string uid, bool hasBefore)
    {
        PatternSchema? before = null;
        foreach (ReadOnlyMemory<byte> section in reader.Sections(Section))
        {
            DataReader data = new(section.Span);
            byte version = data.ReadByte();
            if (version == VersionBefore)
            {
                before ??= new PatternSchema(data.ReadString() ?? "", TypeSchema.ReadFrom(ref data), TypeSchema.ReadFrom(ref data));
            }
            else if (version != Version)
            {
                throw new StateMigrationException(
                    $"Pattern operator '{uid}' has state of format version {version} in the checkpoint, this Millrace reads "
                        + $"{VersionBefore} and {Version}; restore with a version that reads it, or give the operator another uid to begin "
                        + "anew."
                );
            }
        }

        return before is null && hasBefore
            ? throw new InvalidDataException(
                $"Pattern operator '{uid}' has partial matches in the checkpoint but no schema of them; the checkpoint is damaged, restore "
                    + "an earlier one."
            )
            : before;
    }
}
