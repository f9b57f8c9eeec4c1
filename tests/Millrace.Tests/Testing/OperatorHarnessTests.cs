using Millrace.Operators;
using Millrace.State;
using Millrace.Testing;
using Millrace.UserFunctions;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Testing;

public sealed class OperatorHarnessTests
{
    public static TheoryData<int, int, bool> Runs =>
        new()
        {
            { 1, 1024, false },
            { 1, 1, true },
            { 3, 2, false },
            { 3, 1024, true },
        };

    [Fact]
    public void ShouldKeepTimestampsAndOrder_WhenMapped()
    {
        using OperatorHarness<int, string> harness = OperatorHarness.ForMap<int, string>(x => $"<{x}>");
        harness.ProcessElement(1, 10);
        harness.ProcessElements(new StreamRecord<int>(2, 20), new StreamRecord<int>(3, 5));
        Assert.Equal(["<1>@10", "<2>@20", "<3>@5"], harness.TakeOutput().Select(record => record.ToString()));
        Assert.Empty(harness.Output);
        Assert.Equal(long.MinValue, harness.OutputWatermark);
        harness.ProcessWatermark(7);
        Assert.Equal(7, harness.OutputWatermark);
        harness.ProcessWatermark(6);
        Assert.Equal(7, harness.OutputWatermark);
        harness.End();
        Assert.Equal(long.MaxValue, harness.OutputWatermark);
    }

    [Fact]
    public void ShouldCollectAll_WhenFlatMapped()
    {
        using OperatorHarness<int, int> harness = OperatorHarness.ForFlatMap<int, int>(
            (x, output) =>
            {
                for (int i = 0; i < x; i++)
                {
                    output.Collect(x);
                }
            }
        );
        harness.ProcessElement(0);
        harness.ProcessElement(3);
        Assert.Equal([3, 3, 3], harness.OutputValues);
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void ShouldCountPerKey_WhenRestoredBetweenStepsOrNot(int parallelism, int batchSize, bool restores)
    {
        using OperatorHarness<string, string> harness = Counts(
            new HarnessOptions
            {
                Parallelism = parallelism,
                BatchSize = batchSize,
                RestoresBetweenSteps = restores,
            }
        );
        harness.ProcessElements(Records("a", "b", "a"));
        Assert.Empty(harness.Output);
        harness.ProcessWatermark(100);
        Assert.Equal(["a:2@100", "b:1@100"], Texts(harness));
        harness.ProcessElement("a", 101);
        harness.ProcessElement("c", 102);
        harness.ProcessWatermark(200);
        Assert.Equal(["a:3@200", "c:1@200"], Texts(harness));
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(4, 1)]
    [InlineData(2, 3)]
    public void ShouldMoveStateToTheNewTasks_WhenParallelismChanges(int before, int after)
    {
        using OperatorHarness<string, string> harness = Counts(new HarnessOptions { Parallelism = before });
        string[] keys = [.. Enumerable.Range(0, 50).Select(i => $"key-{i:00}")];
        harness.ProcessElements(Records(keys));
        harness.ProcessElements(Records(keys));
        harness.SnapshotAndRestore(after);
        Assert.Equal(after, harness.Parallelism);
        harness.ProcessElements(Records(keys));
        harness.ProcessWatermark(1);
        Assert.Equal(keys.Select(key => $"{key}:3@1"), Texts(harness));
    }

    [Fact]
    public void ShouldGoBack_WhenRestoredFromAnOlderSnapshot()
    {
        using OperatorHarness<string, string> harness = Counts(new HarnessOptions());
        harness.ProcessElement("a");
        JobSnapshot snapshot = harness.Snapshot();
        Assert.Contains("count", snapshot.OperatorUids);
        Assert.True(snapshot.Size > 0);
        harness.ProcessElements(Records("a", "a", "a"));
        harness.Restore(snapshot);
        harness.ProcessElement("a");
        harness.ProcessWatermark(1);
        Assert.Equal(["a:2@1"], Texts(harness));
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void ShouldFireWindowsAndKeepLateRecordsApart_WhenRestoredBetweenStepsOrNot(int parallelism, int batchSize, bool restores)
    {
        OutputTag<Hit> late = new("late");
        using OperatorHarness<Hit, Hit> harness = OperatorHarness
            .ForWindow<string, Hit, TimeWindow, Hit>(
                hit => hit.Page,
                TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1)),
                windows =>
                    windows.SideOutputLateData(late).Reduce((left, right) => new Hit(left.Page, left.Count + right.Count)).WithUid("hits"),
                new HarnessOptions
                {
                    Parallelism = parallelism,
                    BatchSize = batchSize,
                    RestoresBetweenSteps = restores,
                }
            )
            .WithSideOutput(late);

        harness.ProcessElements(new(new Hit("a", 1), 0), new(new Hit("b", 1), 999), new(new Hit("a", 2), 500), new(new Hit("a", 4), 1000));
        harness.ProcessWatermark(998);
        Assert.Empty(harness.Output);
        harness.ProcessWatermark(999);
        Assert.Equal(["a:3@999", "b:1@999"], Hits(harness.TakeOutput()));
        harness.ProcessElement(new Hit("b", 9), 10);
        Assert.Equal(["b:9@10"], Hits(harness.SideOutput(late)));
        harness.ProcessWatermark(1999);
        Assert.Equal(["a:4@1999"], Hits(harness.TakeOutput()));
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void ShouldFireTimersAndShowState_WhenRestoredBetweenStepsOrNot(int parallelism, int batchSize, bool restores)
    {
        using OperatorHarness<Hit, string> harness = OperatorHarness.ForKeyedProcess<string, Hit, string>(
            hit => hit.Page,
            () => new QuietPages(),
            new HarnessOptions
            {
                Parallelism = parallelism,
                BatchSize = batchSize,
                RestoresBetweenSteps = restores,
            }
        );

        harness.ProcessElements(new(new Hit("a", 1), 0), new(new Hit("b", 5), 0));
        harness.ProcessElement(new Hit("a", 2), 10);
        Assert.Equal(3, harness.ReadState("a", states => states.GetState(QuietPages.Total).Value));
        Assert.Equal(5, harness.ReadState("b", states => states.GetState(QuietPages.Total).Value));
        Assert.False(harness.ReadState("c", states => states.GetState(QuietPages.Total).HasValue));
        harness.AdvanceTime(TimeSpan.FromMilliseconds(999));
        Assert.Empty(harness.Output);
        harness.AdvanceTime(TimeSpan.FromMilliseconds(1));
        Assert.Equal(["a:3", "b:5"], harness.OutputValues.Order(StringComparer.Ordinal));
        Assert.False(harness.ReadState("a", states => states.GetState(QuietPages.Total).HasValue));
        Assert.Contains(
            "'process'",
            Assert.Throws<InvalidOperationException>(() => harness.ReadState("a", _ => 0, uid: "other")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void ShouldShowTheFailure_WhenFunctionThrows()
    {
        using OperatorHarness<int, int> harness = OperatorHarness.ForMap<int, int>(x => 1 / x);
        harness.ProcessElement(1);
        Assert.Throws<DivideByZeroException>(() => harness.ProcessElement(0));
    }

    [Fact]
    public void ShouldRefuse_WhenUsedInTheWrongOrder()
    {
        using OperatorHarness<int, int> harness = OperatorHarness.ForMap<int, int>(x => x);
        OutputTag<int> tag = new("side");
        Assert.Throws<InvalidOperationException>(() => harness.SideOutput(tag));
        harness.ProcessElement(1);
        Assert.Throws<InvalidOperationException>(() => harness.WithSideOutput(tag));
        JobSnapshot snapshot = harness.Snapshot();
        harness.End();
        Assert.Throws<InvalidOperationException>(() => harness.Restore(snapshot));
    }

    [Fact]
    public void ShouldCollectSideOutput_WhenAskedFor()
    {
        OutputTag<string> odd = new("odd");
        using OperatorHarness<int, int> harness = OperatorHarness
            .For<int, int>(stream => stream.Transform("split", () => new SplitOperator("odd")))
            .WithSideOutput(odd);
        harness.ProcessElements(new StreamRecord<int>(1, 10), new StreamRecord<int>(2, 20), new StreamRecord<int>(3, 30));
        harness.SnapshotAndRestore();
        harness.ProcessElement(5, 50);
        Assert.Equal([2], harness.OutputValues);
        Assert.Equal(["1@10", "3@30", "5@50"], harness.SideOutput(odd).Select(record => record.ToString()));
    }

    private static OperatorHarness<string, string> Counts(HarnessOptions options) =>
        OperatorHarness.ForKeyed<string, string, string>(
            word => word,
            keyed => keyed.Transform("count", () => new KeyedCountOperator(), isStateful: true).WithUid("count"),
            options
        );

    private static IEnumerable<StreamRecord<string>> Records(params string[] words) =>
        words.Select(word => new StreamRecord<string>(word, 1));

    private static IEnumerable<string> Hits(IReadOnlyList<StreamRecord<Hit>> records) =>
        records.Select(record => $"{record.Value.Page}:{record.Value.Count}@{record.Timestamp}").Order(StringComparer.Ordinal);

    private static IEnumerable<string> Texts(OperatorHarness<string, string> harness) =>
        harness.TakeOutput().Select(record => record.ToString()).Order(StringComparer.Ordinal);

    public sealed record Hit(string Page, int Count);

    /// <summary>Adds up a page's hits for a second of processing time.</summary>
    private sealed class QuietPages : KeyedProcessFunction<string, Hit, string>
    {
        public static readonly ValueStateDescriptor<int> Total = new("total");

        private IValueState<int>? _total;

        public override void ProcessElement(Hit value, IKeyedProcessContext<string> context, Collector<string> output)
        {
            if (!_total!.HasValue)
            {
                context.TimerService.RegisterProcessingTimeTimer(context.TimerService.CurrentProcessingTime + 1000);
            }

            _total.Update(_total.Value + value.Count);
        }

        public override void OnTimer(long timestamp, IOnTimerContext<string> context, Collector<string> output)
        {
            output.Collect($"{context.CurrentKey}:{_total!.Value}");
            _total.Clear();
        }

        protected override void Open() => _total = RuntimeContext.GetState(Total);
    }

    private sealed class SplitOperator(string tag) : OneInputOperator<int, int>
    {
        public override void OnBatch(Millrace.Batches.RecordBatch<int> batch)
        {
            OperatorOutput<string> side = SideOutputs.Find<string>(tag)!;
            for (int i = 0; i < batch.Count; i++)
            {
                if (batch.Values[i] % 2 == 0)
                {
                    Output.Collect(batch.Values[i], batch.Timestamps[i]);
                }
                else
                {
                    side.Collect($"{batch.Values[i]}", batch.Timestamps[i]);
                }
            }

            Output.EmitBuffered();
            side.EmitBuffered();
        }
    }
}
