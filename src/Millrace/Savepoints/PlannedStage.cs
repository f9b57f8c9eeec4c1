using Millrace.Checkpoints;
using Millrace.Graph;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;

namespace Millrace.Savepoints;

/// <summary>
/// The operators of one stage of a new savepoint, and the parts that each of its tasks had. Its new parts, one per task, hold what counts
/// of those: bases with the changes behind them, and what the last one says of the operators.
/// </summary>
/// <param name="formerUid">The stage's uid in the savepoint that it comes from: that of its first operator then.</param>
/// <param name="operators">The operators that remain.</param>
/// <param name="tasks">The parts of each task, in their order.</param>
internal sealed class PlannedStage(
    string formerUid,
    IReadOnlyList<PlannedOperator> operators,
    IReadOnlyList<List<TaskSnapshotReader>> tasks
)
{
    /// <summary>A stage is called after its first operator; another one may have the uid of one that is gone.</summary>
    public string Uid { get; } = (operators.FirstOrDefault(each => each.Former == formerUid) ?? operators[0]).Uid;

    public IReadOnlyList<PlannedOperator> Operators => operators;

    /// <summary>Writes the parts of its tasks.</summary>
    public TaskSnapshotWriter[] Write(int maxParallelism, long now)
    {
        TaskSnapshotWriter[] writers = [.. tasks.Select(static _ => new TaskSnapshotWriter())];
        KeyGroupRange all = new(0, maxParallelism);
        foreach (PlannedOperator each in operators)
        {
            ISnapshotWriter[] sections = [.. writers.Select(writer => writer.Operator(each.Uid))];
            ISnapshotReader? former = each.Former is null
                ? null
                : MergedSnapshotReader.Create(tasks.SelectMany(static parts => parts), each.Former, all);
            string[] formerTables = former is null ? [] : [.. KeyedStateCatalog.Read(former)];
            for (int task = 0; task < writers.Length && each.Former is not null; task++)
            {
                CarryOver(tasks[task], each.Former, sections[task], all, name => each.Bootstrap?.Writes(name, formerTables) != true);
            }

            each.Bootstrap?.Write(former, new RoutingWriter(sections, maxParallelism), maxParallelism, now);
        }

        WriteWatermarks(writers, all);
        return writers;
    }

    private static void CarryOver(
        List<TaskSnapshotReader> parts,
        string uid,
        ISnapshotWriter writer,
        KeyGroupRange all,
        Predicate<string> isCarriedOver
    )
    {
        if (MergedSnapshotReader.Create(parts, uid, all) is not { } reader)
        {
            return;
        }

        foreach ((string name, bool isKeyed) in parts.SelectMany(part => part.NamesOf(uid)).Distinct())
        {
            if (!isCarriedOver(name))
            {
                continue;
            }

            if (isKeyed)
            {
                foreach (KeyGroupSection section in reader.KeyGroupSections(name))
                {
                    writer.CarryOver(name, section);
                }
            }
            else
            {
                foreach (ReadOnlyMemory<byte> section in reader.Sections(name))
                {
                    writer.Section(name).WriteRaw(section.Span);
                }
            }
        }
    }

    // Inputs are called after the operators they belong to.
    private void WriteWatermarks(TaskSnapshotWriter[] writers, KeyGroupRange all)
    {
        for (int task = 0; task < writers.Length; task++)
        {
            if (MergedSnapshotReader.Create(tasks[task], TaskWatermarks.UidOf(formerUid), all) is { } reader)
            {
                List<(string Port, long Watermark)> watermarks = [];
                foreach ((string name, long watermark) in TaskWatermarks.Read(reader))
                {
                    (string uid, string port) = TaskWatermarks.Split(name);
                    if (operators.FirstOrDefault(each => each.Former == uid) is { } owner)
                    {
                        watermarks.Add((owner.Uid + port, watermark));
                    }
                }

                TaskWatermarks.Write(writers[task].Operator(TaskWatermarks.UidOf(Uid)), watermarks);
            }
        }
    }

    /// <summary>Gives each key group to the task that has it.</summary>
    private sealed class RoutingWriter(IReadOnlyList<ISnapshotWriter> writers, int maxParallelism) : ISnapshotWriter
    {
        public DataWriter Section(string name) => writers[0].Section(name);

        public DataWriter KeyGroupSection(string name, int keyGroup) => WriterOf(keyGroup).KeyGroupSection(name, keyGroup);

        public void CarryOver(string name, KeyGroupSection section) => WriterOf(section.KeyGroup).CarryOver(name, section);

        public bool Defer(IDeferredState state) => false;

        private ISnapshotWriter WriterOf(int keyGroup) => writers[KeyGroups.TaskOf(keyGroup, maxParallelism, writers.Count)];
    }
}
