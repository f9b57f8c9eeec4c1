using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;

namespace Millrace.Savepoints;

/// <summary>Timers of one time domain.</summary>
internal sealed class TimerContents : StateContents
{
    private readonly SchemaSerializer _keys;
    private readonly SchemaSerializer _namespaces;
    private readonly bool _isEventTime;

    public TimerContents(ISnapshotReader reader, string section, int maxParallelism, bool isEventTime)
        : base(reader, section, maxParallelism)
    {
        DataReader data = new(First!.Value.Data.Span);
        TypeSchema[] schemas = StateFormat.ReadSchemas(ref data, StateFormat.TimersVersion, 2, section);
        (_keys, _namespaces) = (new(schemas[0]), new(schemas[1]));
        _isEventTime = isEventTime;
        Keys = schemas[0];
        Namespaces = schemas[1].Fields.Count == 0 && schemas[1].Kind == SchemaKinds.Struct ? null : schemas[1];
    }

    public override string Kind => _isEventTime ? "event-time timers" : "processing-time timers";

    private bool IsReadable => _keys.Node.IsKnown && _namespaces.Node.IsKnown;

    public override long? CountOf(int keyGroup)
    {
        if (SectionsOf(keyGroup) is [{ IsChange: false } only])
        {
            DataReader data = new(only.Data.Span);
            StateFormat.ReadSchemas(ref data, StateFormat.TimersVersion, 2, Section);
            return data.ReadInt32();
        }

        return IsReadable ? Load(keyGroup).Count : null;
    }

    public override IEnumerable<StateEntry> Read(int keyGroup)
    {
        if (!IsReadable)
        {
            return SectionsOf(keyGroup).Select(section => Undecoded(section, Keys!));
        }

        return Load(keyGroup)
            .All.OrderBy(static timer => timer.Timestamp)
            .Select(timer => new StateEntry(
                keyGroup,
                timer.Key.WriteJson,
                Namespaces is null ? null : timer.Namespace.WriteJson,
                ("timestamp", json => json.WriteNumberValue(timer.Timestamp))
            ));
    }

    private TimerQueue<SchemaValue, SchemaValue> Load(int keyGroup)
    {
        (KeyGroupRange range, SchemaKeyHasher hasher) = RangeOf(keyGroup);
        TimerQueue<SchemaValue, SchemaValue> timers = new(Section, new(hasher, _keys, range, MaxParallelism), _namespaces);
        timers.Restore(ReaderOf(keyGroup));
        return timers;
    }
}
