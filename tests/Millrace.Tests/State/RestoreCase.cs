using System.Buffers;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Operators;
using Millrace.Operators.Joins;
using Millrace.Operators.Patterns;
using Millrace.Operators.Process;
using Millrace.Operators.Windows;
using Millrace.Patterns;
using Millrace.Serialization;
using Millrace.State;
using Millrace.UserFunctions;
using Millrace.Windows;

namespace Millrace.Tests.State;

/// <summary>
/// An operator with state of many keys, written and read as a job does it. Shared by the tests and by <c>./run bench restore</c>.
/// </summary>
internal sealed record RestoreCase(string Name, Func<StreamOperator> Create, bool IsTable = true)
{
    public const string Uid = "op";
    public const int MaxParallelism = 128;

    private const int BatchSize = 1024;

    public static IReadOnlyList<RestoreCase> All { get; } =
    [
        new("a value per key", Reduce),
        new(
            "a timer per key",
            () => new KeyedProcessOperator<long, long, long>(new TimerPerKey(), KeyHashers.For<long>(), TypeSerializers.For<long>())
        ),
        new("session windows", Sessions),
        new("an interval join", Join),
        new("a pattern", PatternOfTwo),
        new("tumbling windows", Tumbling, IsTable: false),
    ];

    public override string ToString() => Name;

    /// <summary>A task's part of a checkpoint with <paramref name="keys"/> keys, of all tasks together.</summary>
    public byte[] Write(int keys, int task = 0, int parallelism = 1)
    {
        using StreamOperator instance = Start(task, parallelism, restored: null);
        Fill(instance, keys, KeyGroups.RangeOf(task, MaxParallelism, parallelism));
        return Snapshot(instance);
    }

    public static byte[] Snapshot(StreamOperator instance)
    {
        using TaskSnapshotWriter writer = new();
        instance.Snapshot(1, writer.Operator(Uid));
        using TaskSnapshot snapshot = writer.Complete();
        return snapshot.Content.ToArray();
    }

    public StreamOperator Restore(IEnumerable<byte[]> parts, int task = 0, int parallelism = 1) =>
        Start(
            task,
            parallelism,
            MergedSnapshotReader.Create(
                parts.Select(part => new TaskSnapshotReader(part, "part")),
                Uid,
                KeyGroups.RangeOf(task, MaxParallelism, parallelism)
            )
        );

    private static KeyedReduceOperator<long, long> Reduce() =>
        new(static (left, right) => left + right, KeyHashers.For<long>(), TypeSerializers.For<long>(), TypeSerializers.For<long>());

    private static WindowOperator<long, long, long, long, long, TimeWindow> Sessions()
    {
        WindowAssigner<TimeWindow> assigner = EventTimeSessionWindows.WithGap(TimeSpan.FromHours(1));
        return new(
            new WindowOperatorSpec<long, long, long, long, long, TimeWindow>(
                assigner.Bind<long>(),
                assigner.DefaultTrigger.Bind<long, TimeWindow>(),
                new AggregateContents<long, long, long, TimeWindow>(new Counting()),
                static () => new PassingWindowFunction<long, TimeWindow, long>(),
                0,
                null,
                KeyHashers.For<long>(),
                TypeSerializers.For<long>(),
                TypeSerializers.For<long>()
            )
        );
    }

    private static WholeWindowOperator<long, long, long, long, long> Tumbling() =>
        new(
            new AlignedWindowSpec<long, long, long, long, long>(
                TumblingEventTimeWindows.Of(TimeSpan.FromDays(1)),
                new Counting(),
                new PassingWindowFunction<long, TimeWindow, long>(),
                TimeSpan.Zero,
                null,
                KeyHashers.For<long>(),
                TypeSerializers.For<long>(),
                TypeSerializers.For<long>()
            )
        );

    private static IntervalJoinOperator<long, long, long, long> Join() =>
        new(
            new IntervalJoinSpec(-1000, 1000, null, null),
            new SelectingJoinFunction<long, long, long>(static (left, right) => left + right),
            KeyHashers.For<long>(),
            TypeSerializers.For<long>(),
            TypeSerializers.For<List<TimestampedValue<long>>>(),
            TypeSerializers.For<List<TimestampedValue<long>>>()
        );

    private static PatternOperator<long, long, long> PatternOfTwo() =>
        new(
            AutomatonCompiler<long>.Compile(
                Pattern
                    .Begin<long>("first")
                    .Where(static value => value >= 0)
                    .FollowedBy("second")
                    .Where(static value => value < 0)
                    .Within(TimeSpan.FromHours(1))
            ),
            new SelectingPatternFunction<long, long>(static match => match.Events[0]),
            null,
            null,
            isProcessingTime: false,
            KeyHashers.For<long>(),
            TypeSerializers.For<long>(),
            TypeSerializers.For<long>()
        );

    private static void Fill(StreamOperator instance, int keys, KeyGroupRange range)
    {
        IInput<long> input = instance is TwoInputOperator<long, long, long> join ? join.First : (IInput<long>)instance;
        KeyedBatch<long, long> batch = new(BatchSize);
        for (int i = 0; i < keys; i++)
        {
            uint hash = KeyHashers.For<long>().Hash(i);
            if (range.Contains(KeyGroups.KeyGroupOf(hash, MaxParallelism)))
            {
                batch.Add(i, hash, i, 1 + (i % 1000));
            }

            if (batch.Count == BatchSize || i == keys - 1)
            {
                input.OnBatch(batch);
                batch = new KeyedBatch<long, long>(BatchSize);
            }
        }

        // Only then do the waiting events of a pattern begin partial matches.
        (instance as PatternOperator<long, long, long>)?.OnWatermark(1000);
    }

    private StreamOperator Start(int task, int parallelism, ISnapshotReader? restored)
    {
        StreamOperator instance = Create();
        instance.Setup(
            new OperatorContext(
                "restores",
                Uid,
                Uid,
                task,
                parallelism,
                MaxParallelism,
                BatchSize,
                TimeProvider.System,
                new StandingTime(),
                NullLoggerFactory.Instance,
                CancellationToken.None
            )
        );
        ((StreamOperator<long>)instance).Output = new OperatorOutput<long>(new Nowhere(), BatchSize);
        instance.Open(restored);
        return instance;
    }

    private sealed class TimerPerKey : KeyedProcessFunction<long, long, long>
    {
        public override void ProcessElement(long value, IKeyedProcessContext<long> context, Collector<long> output) =>
            context.TimerService.RegisterEventTimeTimer(1_000_000 - value);
    }

    private sealed class Counting : IAggregateFunction<long, long, long>
    {
        public long CreateAccumulator() => 0;

        public long Add(long value, long accumulator) => accumulator + 1;

        public long GetResult(long accumulator) => accumulator;

        public long Merge(long left, long right) => left + right;
    }

    private sealed class StandingTime : IProcessingTimeService
    {
        public long Now => 0;

        public void Execute(Action action) => action();

        public void Register(long timestamp, IProcessingTimeCallback callback)
        {
            // The clock stands still.
        }
    }

    private sealed class Nowhere : IInput<long>
    {
        public void OnBatch(RecordBatch<long> batch)
        {
            // The results do not matter.
        }

        public void OnWatermark(long watermark)
        {
            // Nor do watermarks.
        }

        public void OnIdle(bool idle)
        {
            // Nor idleness.
        }

        public void Flush()
        {
            // Nothing is kept.
        }
    }
}
