using FsCheck.Xunit;
using Millrace.Operators.Joins;
using Millrace.Operators.Process;
using Millrace.Serialization;
using Millrace.State;
using Millrace.UserFunctions;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Operators;

public sealed class TwoInputOperatorTests
{
    [Property(MaxTest = 200)]
    public void ShouldJoinWhatIsNearInTime_WhenInputIsOutOfOrder((byte Kind, byte Key, byte Time)[] steps, sbyte bound, byte length)
    {
        long lower = bound % 15;
        long upper = lower + (length % 20);
        List<(int Key, int Id, long Time)> left = [];
        List<(int Key, int Id, long Time)> right = [];
        IntervalJoinSpec spec = new(lower, upper, null, null);
        using TwoInputHarness<int, (int Key, int Id), (int Key, int Id), (int, int)> harness = new(
            () =>
                new IntervalJoinOperator<int, (int Key, int Id), (int Key, int Id), (int, int)>(
                    spec,
                    new SelectingJoinFunction<(int Key, int Id), (int Key, int Id), (int, int)>((l, r) => (l.Id, r.Id)),
                    KeyHashers.For<int>(),
                    TypeSerializers.For<int>(),
                    TypeSerializers.For<List<TimestampedValue<(int Key, int Id)>>>(),
                    TypeSerializers.For<List<TimestampedValue<(int Key, int Id)>>>()
                ),
            value => value.Key,
            value => value.Key
        );
        long watermark = 0;
        for (int i = 0; i < steps.Length; i++)
        {
            (byte kind, byte key, byte time) = steps[i];
            long timestamp = time % 100;
            if (timestamp == watermark)
            {
                // Flink takes such a record, though the watermark has said that there is none, but what it would match may be gone.
                timestamp++;
            }

            switch (kind % 8)
            {
                case 6:
                    watermark += time % 15;
                    harness.Watermark(watermark);
                    break;
                case 7:
                    harness.Restart(1 + (time % 4));
                    break;
                default:
                    List<(int, int, long)> side = kind % 2 == 0 ? left : right;
                    if (timestamp >= watermark)
                    {
                        side.Add((key % 3, i, timestamp));
                    }

                    if (kind % 2 == 0)
                    {
                        harness.PushFirst((key % 3, i), timestamp);
                    }
                    else
                    {
                        harness.PushSecond((key % 3, i), timestamp);
                    }

                    break;
            }
        }

        Assert.Equal(
            (
                from l in left
                from r in right
                where l.Key == r.Key && r.Time >= l.Time + lower && r.Time <= l.Time + upper
                select ((l.Id, r.Id), Math.Max(l.Time, r.Time))
            ).Order(),
            harness.Records.Order()
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldShareStateAndTimers_WhenStreamsAreConnected(bool restart)
    {
        using TwoInputHarness<int, int, string, string> harness = new(
            () => new KeyedCoProcessOperator<int, int, string, string>(new Matching(), KeyHashers.For<int>(), TypeSerializers.For<int>()),
            value => value,
            int.Parse
        );
        harness.PushFirst(1, 10);
        harness.PushFirst(2, 10);
        if (restart)
        {
            harness.Restart(3);
        }

        harness.PushSecond("1", 20);
        harness.Watermark(1_000);

        Assert.Equal([("1 matched", 20), ("2 unmatched", 110)], harness.Records);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldSeeBroadcastStateInEveryTask_WhenTasksChange(bool restart)
    {
        using TwoInputHarness<int, int, string, string> harness = new(
            () =>
                new KeyedBroadcastProcessOperator<int, int, string, string>(
                    new Naming(),
                    ["names"],
                    KeyHashers.For<int>(),
                    TypeSerializers.For<int>()
                ),
            value => value,
            second: null,
            parallelism: 2
        );
        harness.PushSecond("1=one", 0);
        harness.PushSecond("2=two", 0);
        if (restart)
        {
            harness.Restart(3);
            harness.Restart(5);
        }

        harness.PushFirst(1, 0);
        harness.PushFirst(2, 0);
        harness.PushFirst(3, 0);
        harness.PushFirst(1, 0);

        Assert.Equal(["one 1", "two 1", "? 1", "one 2"], harness.Records.Select(record => record.Value));
    }

    private sealed class Matching : KeyedCoProcessFunction<int, int, string, string>
    {
        private IValueState<bool> _open = null!;

        public override void ProcessElement1(int value, IKeyedProcessContext<int> context, Collector<string> output)
        {
            _open.Update(true);
            context.TimerService.RegisterEventTimeTimer(context.Timestamp + 100);
        }

        public override void ProcessElement2(string value, IKeyedProcessContext<int> context, Collector<string> output)
        {
            if (_open.Value)
            {
                _open.Clear();
                output.Collect($"{context.CurrentKey} matched");
            }
        }

        public override void OnTimer(long timestamp, IOnTimerContext<int> context, Collector<string> output)
        {
            if (_open.HasValue)
            {
                output.Collect($"{context.CurrentKey} unmatched");
            }
        }

        protected override void Open() => _open = RuntimeContext.GetState(new ValueStateDescriptor<bool>("open"));
    }

    private sealed class Naming : KeyedBroadcastProcessFunction<int, int, string, string>
    {
        private readonly MapStateDescriptor<int, string> _names = new("names");
        private IReducingState<int> _count = null!;

        public override void ProcessElement(int value, IKeyedReadOnlyBroadcastContext<int> context, Collector<string> output)
        {
            _count.Add(1);
            output.Collect($"{(context.GetBroadcastState(_names).TryGetValue(value, out string? name) ? name : "?")} {_count.Get()}");
        }

        public override void ProcessBroadcastElement(string value, IBroadcastContext context, Collector<string> output)
        {
            string[] parts = value.Split('=');
            context.GetBroadcastState(_names).Put(int.Parse(parts[0]), parts[1]);
        }

        protected override void Open() =>
            _count = RuntimeContext.GetReducingState(new ReducingStateDescriptor<int>("count", (left, right) => left + right));
    }
}
