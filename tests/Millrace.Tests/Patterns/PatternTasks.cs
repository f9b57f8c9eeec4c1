using System.Buffers;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Operators;
using Millrace.Operators.Patterns;
using Millrace.Patterns;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.Tests.Operators;
using Millrace.UserFunctions;

namespace Millrace.Tests.Patterns;

/// <summary>
/// The tasks of one pattern operator, each with a store of its own if there are any, and the checkpoints that they write while they go on.
/// </summary>
internal sealed class PatternTasks : IDisposable
{
    public const int MaxParallelism = 16;
    private const string Uid = "pattern";
    private const int BatchSize = 4;

    private readonly Task[] _tasks;
    private int _checkpoint;

    /// <param name="create">Makes the operator of a task; what it finds goes to the list.</param>
    /// <param name="parallelism">Number of tasks.</param>
    /// <param name="open">Opens the store of a task; <see langword="null"/> = state is in memory.</param>
    /// <param name="found">Gets what is found.</param>
    /// <param name="restored">What each task of the run before wrote, its parts in order; <see langword="null"/> = nothing.</param>
    /// <param name="now">Processing time at the start.</param>
    /// <param name="watermark">Event time at the start.</param>
    public PatternTasks(
        Func<List<string>, PatternOperator<string, Item, string>> create,
        int parallelism,
        Func<IStateStore>? open,
        List<string> found,
        IReadOnlyList<List<byte[]>>? restored = null,
        long now = 0,
        long watermark = long.MinValue
    )
    {
        _tasks = [.. Enumerable.Range(0, parallelism).Select(i => new Task(create(found), i, parallelism, open, restored, now))];
        if (restored is not null && watermark > long.MinValue)
        {
            Watermark(watermark);
        }
    }

    /// <summary>A match as <c>key: events</c>, a timeout as <c>key: events@time</c>, in the order in which a key's come.</summary>
    public static PatternOperator<string, Item, string> Create(
        Pattern<Item> pattern,
        List<string> found,
        bool isProcessingTime = false,
        IComparer<Item>? comparer = null
    ) =>
        new(
            AutomatonCompiler<Item>.Compile(pattern),
            new Noting(found),
            comparer,
            null,
            isProcessingTime,
            KeyHashers.For<string>(),
            TypeSerializers.For<string>(),
            TypeSerializers.For<Item>()
        );

    public void Push(Item item, long timestamp)
    {
        uint hash = KeyHashers.For<string>().Hash(item.Key);
        KeyedBatch<string, Item> batch = new(BatchSize);
        batch.Add(item.Key, hash, item, timestamp);
        _tasks[KeyGroups.TaskOf(KeyGroups.KeyGroupOf(hash, MaxParallelism), MaxParallelism, _tasks.Length)].Operator.OnBatch(batch);
    }

    public void Watermark(long watermark) => Array.ForEach(_tasks, task => task.Operator.OnWatermark(watermark));

    public void AdvanceTime(long now) => Array.ForEach(_tasks, task => task.Time.AdvanceTo(now));

    /// <summary>Begins a checkpoint, or a savepoint, of all tasks.</summary>
    public void Begin(bool isSelfContained = false)
    {
        _checkpoint++;
        Array.ForEach(_tasks, task => task.Begin(_checkpoint, isSelfContained));
    }

    /// <summary>Writes some of the checkpoint.</summary>
    public bool Advance(int budget) => _tasks.Count(task => task.Advance(budget)) == _tasks.Length;

    /// <summary>Ends the checkpoint.</summary>
    /// <param name="isConfirmed">Whether later ones may build on it.</param>
    /// <returns>What each task wrote, with what that builds on.</returns>
    public List<List<byte[]>> Complete(bool isConfirmed = true) => [.. _tasks.Select(task => task.Complete(_checkpoint, isConfirmed))];

    /// <summary>A checkpoint, written at once.</summary>
    public List<List<byte[]>> Checkpoint(bool isSelfContained = false)
    {
        Begin(isSelfContained);
        return Complete();
    }

    /// <summary>The state of the operator in what tasks wrote.</summary>
    public static ISnapshotReader? ReaderOf(IReadOnlyList<List<byte[]>> written, KeyGroupRange range) =>
        MergedSnapshotReader.Create(
            written.SelectMany(parts =>
                parts.Select((part, i) => new TaskSnapshotReader(part, $"part {i}", isBuiltOn: i < parts.Count - 1))
            ),
            Uid,
            range
        );

    /// <summary>What was found, of each key in its order.</summary>
    public static string[] ByKey(IEnumerable<string> found) =>
        [.. found.OrderBy(static text => text[..text.IndexOf(':', StringComparison.Ordinal)], StringComparer.Ordinal)];

    public void Dispose() => Array.ForEach(_tasks, task => task.Operator.Dispose());

    private sealed class Noting(List<string> found) : PatternProcessFunction<Item, string>, ITimedOutPartialMatchHandler<Item>
    {
        public override void ProcessMatch(PatternMatch<Item> match, IPatternContext context, Collector<string> output) =>
            found.Add($"{match.Events[0].Key}: {match}");

        public void ProcessTimedOutMatch(PatternMatch<Item> match, IPatternContext context) =>
            found.Add($"{match.Events[0].Key}: {match}@{context.Timestamp}");
    }

    private sealed class Task
    {
        private readonly SnapshotChain _chain;
        private List<byte[]> _parts = [];
        private TaskSnapshotWriter? _writer;
        private bool _isSelfContained;

        public Task(
            PatternOperator<string, Item, string> created,
            int index,
            int parallelism,
            Func<IStateStore>? open,
            IReadOnlyList<List<byte[]>>? restored,
            long now
        )
        {
            Operator = created;
            KeyGroupRange range = KeyGroups.RangeOf(index, MaxParallelism, parallelism);
            _chain = new SnapshotChain(range, isIncremental: true);
            Time.AdvanceTo(now);
            Operator.Setup(
                new OperatorContext(
                    "job",
                    Uid,
                    Uid,
                    index,
                    parallelism,
                    MaxParallelism,
                    BatchSize,
                    TimeProvider.System,
                    Time,
                    NullLoggerFactory.Instance,
                    CancellationToken.None
                )
                {
                    StateStore = open,
                }
            );
            Operator.Output = new OperatorOutput<string>(new Captured<string>([]), BatchSize);
            Operator.Open(restored is null ? null : ReaderOf(restored, range));
        }

        public PatternOperator<string, Item, string> Operator { get; }

        public ManualTime Time { get; } = new();

        public void Begin(int checkpoint, bool isSelfContained)
        {
            _isSelfContained = isSelfContained;
            _writer = new TaskSnapshotWriter(_chain.Plan(checkpoint, isSelfContained));
            Operator.Snapshot(checkpoint, _writer.Operator(Uid));
        }

        public bool Advance(int budget) => _writer!.Advance(ref budget);

        public List<byte[]> Complete(int checkpoint, bool isConfirmed)
        {
            using TaskSnapshot snapshot = _writer!.Complete();
            List<byte[]> parts =
            [
                .. _parts.TakeLast(snapshot.Keeps),
                .. snapshot.Before.Append(snapshot).Select(part => part.Content.ToArray()),
            ];
            if (isConfirmed)
            {
                _chain.Confirm(checkpoint);
                _parts = _isSelfContained ? _parts : parts;
            }

            return parts;
        }
    }
}
