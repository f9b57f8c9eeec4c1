using Millrace.Checkpoints;
using Millrace.Operators.Windows;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Windows;

namespace Millrace.Savepoints;

/// <summary>Tumbling and sliding windows that are tables of their own, or the slices that they are made of.</summary>
internal sealed class AlignedWindowContents : StateContents
{
    // Their length is not written with them; none is needed to read them.
    private static readonly AlignedTimeWindows AnyLength = TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(1));

    private readonly string _uid;
    private readonly SchemaSerializer _keys;
    private readonly SchemaSerializer _accumulators;

    public AlignedWindowContents(ISnapshotReader reader, string section, int maxParallelism, string uid)
        : base(reader, section, maxParallelism)
    {
        _uid = uid;
        AlignedWindowSchema schema = AlignedWindowSchema.Read(reader, section, uid);
        (_keys, _accumulators) = (new(schema.Keys), new(schema.Accumulators));
        (Keys, Values) = (schema.Keys, schema.Accumulators);
    }

    public override string Kind => Section == AlignedWindowState<int, int>.Slices ? "slices of windows" : "open windows";

    private bool IsReadable => _keys.Node.IsKnown && _accumulators.Node.IsKnown;

    public override long? CountOf(int keyGroup) => IsReadable ? Load(keyGroup).Sum(static pane => (long)pane.Table.Count) : null;

    public override IEnumerable<StateEntry> Read(int keyGroup)
    {
        if (!IsReadable)
        {
            foreach (KeyGroupSection section in SectionsOf(keyGroup))
            {
                yield return Undecoded(section, Values!);
            }

            yield break;
        }

        foreach (WindowPane<SchemaValue, SchemaValue> pane in Load(keyGroup))
        {
            for (int i = 0; i < pane.Table.Count; i++)
            {
                (SchemaValue key, SchemaValue value) = (pane.Table.Entries[i].Key, pane.Table.Entries[i].Value);
                yield return new StateEntry(
                    keyGroup,
                    key.WriteJson,
                    json =>
                    {
                        json.WriteStartObject();
                        json.WriteNumber("Start", pane.Start);
                        json.WriteEndObject();
                    },
                    ("fired", json => json.WriteBooleanValue(pane.HasFiredForAny)),
                    ("value", value.WriteJson)
                );
            }
        }
    }

    private IEnumerable<WindowPane<SchemaValue, SchemaValue>> Load(int keyGroup)
    {
        (KeyGroupRange range, SchemaKeyHasher hasher) = RangeOf(keyGroup);
        AlignedPanes<SchemaValue, SchemaValue> panes = new(AnyLength, hasher);
        AlignedWindowState<SchemaValue, SchemaValue> state = new(panes, hasher, _keys, _accumulators, Section);
        state.Restore(ReaderOf(keyGroup), _uid, range, MaxParallelism);
        return panes.InOrder;
    }
}
