using System.Text.Json;
using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;

namespace Millrace.Savepoints;

/// <summary>A table of keyed state: values, lists and maps per key, and per key and window.</summary>
internal sealed class TableContents : StateContents
{
    private const string UserScope = KeyedStateBackend<int>.GlobalScope + "/";

    private readonly SchemaSerializer? _keys;
    private readonly SchemaSerializer? _namespaces;
    private readonly SchemaSerializer? _values;

    public TableContents(ISnapshotReader reader, string section, int maxParallelism)
        : base(reader, section, maxParallelism)
    {
        if (First is not { } first)
        {
            return;
        }

        DataReader data = new(first.Data.Span);
        TypeSchema[] schemas = StateFormat.ReadSchemas(ref data, StateFormat.TableVersion, 3, section);
        (_keys, _namespaces, _values) = (new(schemas[0]), new(schemas[1]), new(schemas[2]));
        (Keys, Values) = (schemas[0], schemas[2]);
        Namespaces = schemas[1].Fields.Count == 0 && schemas[1].Kind == SchemaKinds.Struct ? null : schemas[1];
    }

    public override string Name => Section.StartsWith(UserScope, StringComparison.Ordinal) ? Section[UserScope.Length..] : Section;

    public override string Kind
    {
        get
        {
            TypeSchema? kept = Values;
            string kind = kept?.Kind is SchemaKinds.List or SchemaKinds.Map ? kept.Kind : "value";
            TypeSchema? element = kind == "value" ? kept : kept?.Fields[^1].Schema;
            return element is { Kind: SchemaKinds.Struct, Name: "expiring" } ? kind + " with time to live" : kind;
        }
    }

    private bool IsReadable => _keys!.Node.IsKnown && _namespaces!.Node.IsKnown && _values!.Node.IsKnown;

    public override long? CountOf(int keyGroup)
    {
        if (SectionsOf(keyGroup) is [{ IsChange: false } only])
        {
            return CountOf(only, out _);
        }

        return IsReadable ? Load(keyGroup).Count : null;
    }

    public override IEnumerable<StateEntry> Read(int keyGroup)
    {
        if (!IsReadable)
        {
            return SectionsOf(keyGroup).Select(ReadUnknown);
        }

        return Load(keyGroup)
            .Entries.Select(entry => new StateEntry(
                keyGroup,
                entry.Key.Key.WriteJson,
                Namespaces is null ? null : entry.Key.Namespace.WriteJson,
                ("value", (Action<Utf8JsonWriter>)entry.Value.WriteJson)
            ));
    }

    private StateTable<SchemaValue, SchemaValue, SchemaValue> Load(int keyGroup)
    {
        (KeyGroupRange range, SchemaKeyHasher hasher) = RangeOf(keyGroup);
        KeyContext<SchemaValue> context = new(hasher, _keys!, range, MaxParallelism);
        StateTable<SchemaValue, SchemaValue, SchemaValue> table = new(Section, context, _namespaces!, _values!);
        table.Restore(ReaderOf(keyGroup));
        return table;
    }

    private int CountOf(in KeyGroupSection section, out int begin)
    {
        DataReader data = new(section.Data.Span);
        StateFormat.ReadSchemas(ref data, StateFormat.TableVersion, 3, Section);
        int count = data.ReadInt32();
        begin = data.Position;
        return count;
    }

    // Entries have no length: where a value ends only its serializer knows.
    private StateEntry ReadUnknown(KeyGroupSection section)
    {
        int count = CountOf(section, out int begin);
        ReadOnlyMemory<byte> rest = section.Data[begin..];
        if (section.IsChange || !_keys!.Node.IsKnown || !_namespaces!.Node.IsKnown || count == 0)
        {
            return Undecoded(section, Values!);
        }

        DataReader data = new(rest.Span);
        SchemaValue key = _keys.Deserialize(ref data);
        SchemaValue space = _namespaces.Deserialize(ref data);
        (string Name, Action<Utf8JsonWriter> Write) value = StateEntry.Undecoded(Values!, rest[data.Position..]);
        return count == 1
            ? new StateEntry(section.KeyGroup, key.WriteJson, Namespaces is null ? null : space.WriteJson, value)
            : new StateEntry(
                section.KeyGroup,
                key.WriteJson,
                Namespaces is null ? null : space.WriteJson,
                ("entriesInOne", json => json.WriteNumberValue(count)),
                value
            );
    }
}
