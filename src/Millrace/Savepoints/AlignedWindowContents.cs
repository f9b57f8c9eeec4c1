using Millrace.Checkpoints;
using Millrace.Operators.Windows;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.Windows;

namespace Millrace.Savepoints;

/// <summary>Tumbling and sliding windows that are tables of their own, or the slices that they are made of.</summary>
internal sealed class AlignedWindowContents : StateContents
{
    // The former format does not tell the length of windows; none is needed to read them.
    private static readonly AlignedTimeWindows AnyLength = TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(1));

    private readonly string _uid;
    private readonly SchemaSerializer _keys;
    private readonly SchemaSerializer _accumulators;
    private readonly AlignedTimeWindows _windows;

    public AlignedWindowContents(ISnapshotReader reader, string section, int maxParallelism, string uid)
        : base(reader, section, maxParallelism)
    {
        _uid = uid;
        Name = section is AlignedWindowSections.Slices or AlignedWindowSections.SliceEntries
            ? AlignedWindowSections.Slices
            : AlignedWindowSections.Windows;
        if (section == Name)
        {
            AlignedWindowSchema schema = AlignedWindowSchema.Read(reader, section, uid);
            (Keys, Values) = (schema.Keys, schema.Accumulators);
        }
        else
        {
            DataReader data = new(First!.Value.Beginning);
            TypeSchema[] schemas = StateFormat.ReadSchemas(ref data, StateFormat.TableVersion, 3, section);
            (Keys, Values) = (schemas[0], schemas[2]);
        }

        (_keys, _accumulators) = (new(Keys), new(Values));
        _windows =
            WindowProgress.ShapeOf(reader, AlignedWindowSections.WindowsProgress)
            ?? WindowProgress.ShapeOf(reader, AlignedWindowSections.SlicesProgress)
            ?? AnyLength;
    }

    public override string Name { get; }

    public override string Kind => Name == AlignedWindowSections.Slices ? "slices of windows" : "open windows";

    private bool IsReadable => _keys.Node.IsKnown && _accumulators.Node.IsKnown;

    public override long? CountOf(int keyGroup) => IsReadable ? Load(keyGroup).Sum(static pane => pane.Count) : null;

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
                    ("fired", json => json.WriteBooleanValue(pane.HasFiredGroup(keyGroup))),
                    ("value", value.WriteJson)
                );
            }
        }
    }

    private IEnumerable<WindowPane<SchemaValue, SchemaValue>> Load(int keyGroup)
    {
        (KeyGroupRange range, SchemaKeyHasher hasher) = RangeOf(keyGroup);
        WindowProgress progress = new(_windows);
        progress.Read(Reader, AlignedWindowSections.WindowsProgress, range, _uid, isShape: false);
        progress.Read(Reader, AlignedWindowSections.SlicesProgress, range, _uid, isShape: false);
        AlignedWindowState<SchemaValue, SchemaValue> state = new(
            _windows,
            new(hasher, _keys, range, MaxParallelism),
            _accumulators,
            store: null,
            Name
        );
        state.Restore(ReaderOf(keyGroup), _uid, progress);
        return state.Panes.InOrder;
    }
}
