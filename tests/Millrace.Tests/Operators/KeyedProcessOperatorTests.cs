using Millrace.Operators.Process;
using Millrace.Serialization;
using Millrace.State;
using Millrace.UserFunctions;
using Xunit;

namespace Millrace.Tests.Operators;

public sealed class KeyedProcessOperatorTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldFireTimersInOrderOfTimeOnce_WhenWatermarkPasses(bool restart)
    {
        using KeyedHarness<int, int, string> harness = Harness(() => new Alarm());
        harness.Push(1, 10);
        harness.Push(2, 5);
        harness.Push(1, 10);
        Cut(harness, restart, 3);
        harness.Watermark(104);
        Assert.Empty(harness.Records);

        harness.Watermark(200);

        Assert.Equal([("2@105 EventTime 1", 105), ("1@110 EventTime 2", 110)], harness.Records);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldFireOnTheClock_WhenTimersAreInProcessingTime(bool restart)
    {
        using KeyedHarness<int, int, string> harness = Harness(() => new Alarm { UsesClock = true });
        harness.AdvanceTime(1_000);
        harness.Push(1, 10);
        Cut(harness, restart, 2);
        harness.AdvanceTime(1_099);
        Assert.Empty(harness.Records);

        harness.AdvanceTime(1_100);

        Assert.Equal([("1@1100 ProcessingTime 1", long.MinValue)], harness.Records);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldNotFire_WhenTimerWasDeleted(bool restart)
    {
        using KeyedHarness<int, int, string> harness = Harness(() => new Alarm());
        harness.Push(1, 10);
        harness.Push(-1, 10);
        Cut(harness, restart, 2);

        harness.Watermark(long.MaxValue);

        Assert.Empty(harness.Records);
    }

    [Fact]
    public void ShouldTakeTimesOfDotNet()
    {
        using KeyedHarness<int, int, string> harness = Harness(() => new Instants());
        harness.AdvanceTime(1_000);
        harness.Push(1, 10);
        harness.Watermark(50);
        harness.AdvanceTime(5_000);

        Assert.Equal(["1@40 EventTime", "1@1250 ProcessingTime", "1@2000 ProcessingTime"], harness.Records.Select(record => record.Value));
    }

    [Fact]
    public void ShouldKeepUnusedStates_WhenARunNeverAsksForThem()
    {
        using KeyedHarness<int, int, string> harness = new(() => Operator(new LateUser()), Math.Abs);
        LateUser.IsUsed = true;
        harness.Push(1, 0);
        LateUser.IsUsed = false;
        harness.Restart(2);
        harness.Restart(4);
        LateUser.IsUsed = true;

        harness.Push(1, 0);

        Assert.Equal(["1", "2"], harness.Values);
    }

    [Fact]
    public void ShouldNameOperatorAndRemedy_WhenContextIsUsedTooEarly() => Assert.Throws<InvalidOperationException>(() => new TooEarly());

    private static KeyedHarness<int, int, string> Harness(Func<KeyedProcessFunction<int, int, string>> function) =>
        new(() => Operator(function()), Math.Abs, parallelism: 2);

    private static KeyedProcessOperator<int, int, string> Operator(KeyedProcessFunction<int, int, string> function) =>
        new(function, KeyHashers.For<int>(), TypeSerializers.For<int>());

    private static void Cut(KeyedHarness<int, int, string> harness, bool restart, int parallelism)
    {
        if (restart)
        {
            harness.Restart(parallelism);
        }
    }

    private sealed class Alarm : KeyedProcessFunction<int, int, string>
    {
        private IValueState<int> _count = null!;

        public bool UsesClock { get; init; }

        public override void ProcessElement(int value, IKeyedProcessContext<int> context, Collector<string> output)
        {
            if (value < 0)
            {
                context.TimerService.DeleteEventTimeTimer(context.Timestamp + 100);
                return;
            }

            _count.Update(_count.Value + 1);
            if (UsesClock)
            {
                context.TimerService.RegisterProcessingTimeTimer(context.TimerService.CurrentProcessingTime + 100);
            }
            else
            {
                context.TimerService.RegisterEventTimeTimer(context.Timestamp + 100);
            }
        }

        public override void OnTimer(long timestamp, IOnTimerContext<int> context, Collector<string> output) =>
            output.Collect($"{context.CurrentKey}@{timestamp} {context.TimeDomain} {_count.Value}");

        protected override void Open() => _count = RuntimeContext.GetState(new ValueStateDescriptor<int>("count"));
    }

    private sealed class Instants : KeyedProcessFunction<int, int, string>
    {
        public override void ProcessElement(int value, IKeyedProcessContext<int> context, Collector<string> output)
        {
            ITimerService timers = context.TimerService;
            timers.RegisterEventTimeTimer(DateTimeOffset.UnixEpoch.AddMilliseconds(40));
            timers.RegisterEventTimeTimer(DateTimeOffset.UnixEpoch.AddMilliseconds(45));
            timers.DeleteEventTimeTimer(DateTimeOffset.UnixEpoch.AddMilliseconds(45));
            timers.RegisterProcessingTimeTimer(TimeSpan.FromMilliseconds(250));
            timers.RegisterProcessingTimeTimer(timers.UtcNow.AddSeconds(1));
            timers.RegisterProcessingTimeTimer(timers.UtcNow.AddSeconds(2));
            timers.DeleteProcessingTimeTimer(timers.UtcNow.AddSeconds(2));
        }

        public override void OnTimer(long timestamp, IOnTimerContext<int> context, Collector<string> output) =>
            output.Collect($"{context.CurrentKey}@{timestamp} {context.TimeDomain}");
    }

    private sealed class LateUser : KeyedProcessFunction<int, int, string>
    {
        private readonly ValueStateDescriptor<int> _count = new("count");

        public static bool IsUsed { get; set; }

        public override void ProcessElement(int value, IKeyedProcessContext<int> context, Collector<string> output)
        {
            if (IsUsed)
            {
                IValueState<int> count = RuntimeContext.GetState(_count);
                count.Update(count.Value + 1);
                output.Collect($"{count.Value}");
            }
        }
    }

    private sealed class TooEarly : KeyedProcessFunction<int, int, string>
    {
        public TooEarly() => RuntimeContext.GetState(new ValueStateDescriptor<int>("x"));

        public override void ProcessElement(int value, IKeyedProcessContext<int> context, Collector<string> output) { }
    }
}
