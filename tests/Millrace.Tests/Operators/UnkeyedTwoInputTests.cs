using Millrace.Operators.Process;
using Millrace.State;
using Millrace.UserFunctions;
using Xunit;

namespace Millrace.Tests.Operators;

/// <summary>Functions on two streams of which none is keyed: they hold broadcast state at most.</summary>
public sealed class UnkeyedTwoInputTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldHaveWhatWasBroadcast_WhenTasksAreMoreOrFewer(bool restart)
    {
        using TwoInputHarness<int, int, string, string> harness = new(
            () => new BroadcastProcessOperator<int, string, string>(new Naming(), ["names", "unused"]),
            value => value,
            second: null,
            parallelism: 2
        );
        harness.PushSecond("1=one", 5);
        harness.PushSecond("2=two", 5);
        Cut(harness, restart, 3);

        // Carried over by runs in which nobody asks for it.
        Cut(harness, restart, 1);
        harness.PushSecond("2=TWO", 6);
        Cut(harness, restart, 4);
        for (int value = 1; value <= 3; value++)
        {
            harness.PushFirst(value, 10 + value);
        }

        Assert.Equal([("one", 11), ("TWO", 12), ("?", 13)], harness.Records);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldSeeTimeOfBothInputs_WhenStreamsAreConnected(bool restart)
    {
        using TwoInputHarness<int, int, string, string> harness = new(
            () => new CoProcessOperator<int, string, string>(new Telling()),
            value => value,
            second: null
        );
        harness.PushFirst(1, 5);
        harness.Watermark(20);
        Cut(harness, restart, 2);
        harness.PushFirst(2, 21);
        Cut(harness, restart, 1);
        harness.PushSecond("x", 22);

        Assert.Equal([($"1@5 behind {long.MinValue}", 5), ("2@21 behind 20", 21), ("x@22 behind 20", 22)], harness.Records);
    }

    [Fact]
    public void ShouldNameRemedy_WhenStateOrTimersAreAskedForWithoutKeys()
    {
        InvalidOperationException state = Assert.Throws<InvalidOperationException>(() =>
            new TwoInputHarness<int, int, string, string>(
                () => new CoProcessOperator<int, string, string>(new Counting()),
                value => value,
                second: null
            )
        );
        using TwoInputHarness<int, int, string, string> harness = new(
            () => new CoProcessOperator<int, string, string>(new Waiting()),
            value => value,
            second: null
        );
        InvalidOperationException timer = Assert.ThrowsAny<InvalidOperationException>(() => harness.PushFirst(1, 1));

        Assert.Contains("put KeyBy(...) before it", state.Message, StringComparison.Ordinal);
        Assert.Contains("put KeyBy(...) before it", timer.Message, StringComparison.Ordinal);
    }

    private static void Cut(TwoInputHarness<int, int, string, string> harness, bool restart, int parallelism)
    {
        if (restart)
        {
            harness.Restart(parallelism);
        }
    }

    private sealed class Naming : BroadcastProcessFunction<int, string, string>
    {
        private readonly MapStateDescriptor<int, string> _names = new("names");

        public override void ProcessElement(int value, IReadOnlyBroadcastContext context, Collector<string> output) =>
            output.Collect(context.GetBroadcastState(_names).TryGetValue(value, out string? name) ? name! : "?");

        public override void ProcessBroadcastElement(string value, IBroadcastContext context, Collector<string> output)
        {
            string[] parts = value.Split('=');
            context.GetBroadcastState(_names).Put(int.Parse(parts[0]), parts[1]);
        }
    }

    private sealed class Telling : CoProcessFunction<int, string, string>
    {
        public override void ProcessElement1(int value, IProcessContext context, Collector<string> output) =>
            output.Collect($"{value}@{context.Timestamp} behind {context.TimerService.CurrentWatermark}");

        public override void ProcessElement2(string value, IProcessContext context, Collector<string> output) =>
            output.Collect($"{value}@{context.Timestamp} behind {context.TimerService.CurrentWatermark}");
    }

    private sealed class Counting : CoProcessFunction<int, string, string>
    {
        public override void ProcessElement1(int value, IProcessContext context, Collector<string> output) { }

        public override void ProcessElement2(string value, IProcessContext context, Collector<string> output) { }

        protected override void Open() => RuntimeContext.GetState(new ValueStateDescriptor<int>("count"));
    }

    private sealed class Waiting : CoProcessFunction<int, string, string>
    {
        public override void ProcessElement1(int value, IProcessContext context, Collector<string> output) =>
            context.TimerService.RegisterEventTimeTimer(1);

        public override void ProcessElement2(string value, IProcessContext context, Collector<string> output) { }
    }
}
