using Millrace.Checkpoints;
using Millrace.Graph;
using Millrace.Operators;
using Millrace.Operators.Connectors;
using Millrace.Operators.Patterns;
using Millrace.Operators.Windows;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;

namespace Millrace.Savepoints;

/// <summary>What a checkpoint has of one operator.</summary>
internal sealed class OperatorContents
{
    private OperatorContents(string uid, CheckpointStage? stage)
    {
        Uid = uid;
        Stage = stage;
    }

    public string Uid { get; }

    /// <summary>The stage that it was in; <see langword="null"/> where the manifest names none.</summary>
    public CheckpointStage? Stage { get; }

    public IReadOnlyList<StateContents> States { get; private init; } = [];

    /// <summary>How far a source has read.</summary>
    public IReadOnlyList<RestoredSplit> Splits { get; private init; } = [];

    /// <summary>The watermark of each input that begins a stage, the lowest of all tasks.</summary>
    public IReadOnlyDictionary<string, long> Watermarks { get; private init; } = new Dictionary<string, long>(StringComparer.Ordinal);

    /// <summary>What else it has written, with its size.</summary>
    public IReadOnlyList<(string Name, long Bytes)> Others { get; private init; } = [];

    /// <summary>Whether there is nothing of it but its uid.</summary>
    public bool IsEmpty => States.Count == 0 && Splits.Count == 0 && Watermarks.Count == 0 && Others.Count == 0;

    /// <summary>All operators of a checkpoint, in the order of its stages.</summary>
    public static IReadOnlyList<OperatorContents> AllOf(RestoredCheckpoint checkpoint)
    {
        Dictionary<string, CheckpointStage> stages = new(StringComparer.Ordinal);
        foreach (CheckpointStage stage in checkpoint.Manifest.Stages)
        {
            foreach (string uid in stage.Operators)
            {
                stages.TryAdd(uid, stage);
            }
        }

        IEnumerable<string> written = checkpoint
            .Parts.SelectMany(static part => part.AllUids)
            .Where(static uid => !TaskWatermarks.IsUid(uid));
        return
        [
            .. stages
                .Keys.Concat(written)
                .Distinct(StringComparer.Ordinal)
                .Select(uid => Of(checkpoint, uid, stages.GetValueOrDefault(uid))),
        ];
    }

    private static OperatorContents Of(RestoredCheckpoint checkpoint, string uid, CheckpointStage? stage)
    {
        int maxParallelism = checkpoint.Manifest.MaxParallelism;
        KeyGroupRange all = new(0, maxParallelism);
        Dictionary<string, long> watermarks = new(StringComparer.Ordinal);
        if (stage is not null)
        {
            foreach ((string port, long watermark) in TaskWatermarks.Read(checkpoint.ReaderOf(TaskWatermarks.UidOf(stage.Uid), all)))
            {
                if (TaskWatermarks.Split(port).Uid == uid)
                {
                    watermarks.Add(port, watermark);
                }
            }
        }

        if (checkpoint.ReaderOf(uid, all) is not { } reader)
        {
            return new OperatorContents(uid, stage) { Watermarks = watermarks };
        }

        (string Name, bool IsKeyed)[] names = [.. checkpoint.Parts.SelectMany(part => part.NamesOf(uid)).Distinct()];
        HashSet<string> tables = [.. KeyedStateCatalog.Read(reader)];
        IEnumerable<string> keyed = names.Where(static name => name.IsKeyed).Select(static name => name.Name);
        IEnumerable<StateContents> broadcast = names
            .Where(static name => !name.IsKeyed && name.Name.StartsWith(BroadcastStates.SectionPrefix, StringComparison.Ordinal))
            .Select(name => new BroadcastContents(reader, name.Name));
        return new OperatorContents(uid, stage)
        {
            Watermarks = watermarks,
            Splits = SourceSnapshot.Read(reader),
            States =
            [
                .. keyed
                    .Concat(tables)
                    .Distinct(StringComparer.Ordinal)
                    .Select(name => StateOf(reader, name, tables.Contains(name), maxParallelism, uid))
                    .OfType<StateContents>()
                    .Concat(broadcast)
                    .OrderBy(static state => state.Section, StringComparer.Ordinal),
            ],
            Others =
            [
                .. names
                    .Where(static name => !name.IsKeyed && !IsPartOfOthers(name.Name))
                    .Select(name => (name.Name, reader.Sections(name.Name).Sum(static section => (long)section.Length))),
            ],
        };
    }

    private static StateContents? StateOf(ISnapshotReader reader, string name, bool isTable, int maxParallelism, string uid)
    {
        if (isTable)
        {
            return new TableContents(reader, name, maxParallelism);
        }

        bool isEventTime = name.EndsWith(InternalTimerService<int, VoidNamespace>.EventTimersSuffix, StringComparison.Ordinal);
        if (reader.KeyGroupSections(name).Count == 0)
        {
            return null;
        }

        if (isEventTime || name.EndsWith(InternalTimerService<int, VoidNamespace>.ProcessingTimersSuffix, StringComparison.Ordinal))
        {
            return new TimerContents(reader, name, maxParallelism, isEventTime);
        }

        return name switch
        {
            AlignedWindowSections.Windows
            or AlignedWindowSections.Slices
            or AlignedWindowSections.WindowEntries
            or AlignedWindowSections.SliceEntries => new AlignedWindowContents(reader, name, maxParallelism, uid),
            PatternStateFormat<int, int>.KeysSection => new PatternContents(reader, name, maxParallelism, uid),
            _ => new UnknownContents(reader, name, maxParallelism),
        };
    }

    /// <summary>Whether something is shown with what it belongs to.</summary>
    private static bool IsPartOfOthers(string name) =>
        name
            is KeyedStateCatalog.Section
                or SourceSnapshot.Section
                or SourceSnapshot.VotesSection
                or PatternSchema.Section
                or AlignedWindowSections.WindowsProgress
                or AlignedWindowSections.SlicesProgress
        || name == AlignedWindowSections.SchemaOf(AlignedWindowSections.Windows)
        || name == AlignedWindowSections.SchemaOf(AlignedWindowSections.Slices)
        || name.StartsWith(BroadcastStates.SectionPrefix, StringComparison.Ordinal);

    /// <summary>State of an operator that this version does not know.</summary>
    private sealed class UnknownContents(ISnapshotReader reader, string section, int maxParallelism)
        : StateContents(reader, section, maxParallelism)
    {
        public override string Kind => "unknown";

        public override long? CountOf(int keyGroup) => null;

        public override IEnumerable<StateEntry> Read(int keyGroup) =>
            SectionsOf(keyGroup).Select(static section => Undecoded(section, TypeSchema.Leaf("unknown")));
    }
}
