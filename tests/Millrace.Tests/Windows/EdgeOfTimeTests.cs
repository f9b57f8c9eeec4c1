using Millrace.Api;
using Millrace.Connectors;
using Millrace.Testing;
using Millrace.Time;
using Millrace.UserFunctions;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Windows;

/// <summary>
/// Event time is any number: beyond the calendar, and at the ends of the numbers, every record is in its windows once, or late, and nothing
/// throws.
/// </summary>
public sealed class EdgeOfTimeTests
{
    private const long Hour = 3_600_000;

    private static readonly long[] Times =
    [
        long.MinValue + 1,
        long.MinValue + Hour,
        -62_135_596_800_001,
        -62_135_596_800_000 + Hour,
        -1,
        0,
        253_402_300_799_999,
        253_402_300_800_000,
        long.MaxValue - Hour,
        long.MaxValue - 2,
        long.MaxValue - 1,
        long.MaxValue,
    ];

    public static TheoryData<string> Kinds =>
        new("tumbling", "offset", "sliced", "sliding", "gaps", "session", "dynamic session", "continuous", "evicting");

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ShouldFireEachRecordInItsWindows_WhenTimesAreExtreme(string kind)
    {
        foreach (long lateness in (long[])[0, 10 * Hour])
        {
            TestSource<long> source = new();
            TestSink<string> sink = new();
            using JobTestDriver driver = JobTestDriver.Start(env =>
                Declare(kind, env.FromSource(source, source.Watermarks), lateness).SinkTo(sink)
            );
            foreach (long time in Times.Reverse())
            {
                source.Add(time, time);
            }

            source.End();
            driver.RunToEnd();

            foreach (long time in Times)
            {
                // One millisecond before the epoch lies between two windows.
                int windows = kind switch
                {
                    "sliced" => 3,
                    "sliding" => 2,
                    "gaps" when time == -1 => 0,
                    _ => 1,
                };
                int found = sink.Values.Count(value => value.Split('|')[1].Split(',').Contains(FormattableString.Invariant($"{time}")));
                Assert.True(
                    kind == "continuous" ? found >= 1 : found == windows,
                    $"{kind}, lateness {lateness}: {time} is in {found} of {windows} windows of {string.Join(' ', sink.Values)}"
                );
            }
        }
    }

    [Theory]
    [InlineData("tumbling")]
    [InlineData("sliced")]
    [InlineData("sliding")]
    [InlineData("session")]
    [InlineData("evicting")]
    public void ShouldBeLate_WhenTheWatermarkIsNearTheEndOfTime(string kind)
    {
        TestSource<long> source = new();
        TestSink<string> sink = new();
        OutputTag<long> late = new("late");
        using JobTestDriver driver = JobTestDriver.Start(env =>
        {
            SingleOutputStreamOperator<string> results = Declare(kind, env.FromSource(source, source.Watermarks), lateness: 0, late);
            results.SinkTo(sink);
            results.GetSideOutput(late).Map(time => $"late {time}").SinkTo(sink);
        });
        source.AddWatermark(long.MaxValue - 1);
        driver.RunUntilIdle();
        source.Add(long.MaxValue, long.MaxValue);
        driver.RunUntilIdle();
        source.End();
        driver.RunToEnd();

        Assert.Equal([$"late {long.MaxValue}"], sink.Values);
    }

    [Fact]
    public void ShouldJoinNeighbours_WhenTimesAreExtreme()
    {
        TestSource<long> left = new();
        TestSource<long> right = new();
        TestSink<string> sink = new();
        using JobTestDriver driver = JobTestDriver.Start(env =>
            env.FromSource(left, left.Watermarks)
                .KeyBy(_ => 0)
                .IntervalJoin(env.FromSource(right, right.Watermarks).KeyBy(_ => 0))
                .Between(TimeSpan.FromMilliseconds(-5), TimeSpan.FromMilliseconds(5))
                .Process((l, r) => $"{l}+{r}")
                .SinkTo(sink)
        );
        foreach (long time in (long[])[long.MinValue + 1, long.MaxValue - 1])
        {
            left.Add(time, time);
            right.Add(time + 1, time + 1);
            driver.RunUntilIdle();
        }

        left.End();
        right.End();
        driver.RunToEnd();

        Assert.Equal([$"{long.MinValue + 1}+{long.MinValue + 2}", $"{long.MaxValue - 1}+{long.MaxValue}"], sink.Values);
    }

    [Fact]
    public void ShouldGiveTheNearestDate_WhenAWindowIsNotInTheCalendar()
    {
        TimeWindow window = new(-62_135_596_800_001, 253_402_300_800_000);

        Assert.Equal(DateTimeOffset.MinValue, window.StartTime);
        Assert.Equal(DateTimeOffset.MaxValue, window.EndTime);
        Assert.Equal("[-62135596800001, 253402300800000)", window.ToString());
        Assert.Equal("9999-12-31--23", new DateTimeBucketAssigner<int>().BucketOf(1, long.MaxValue));
        Assert.Equal("0001-01-01--00", new DateTimeBucketAssigner<int>().BucketOf(1, -62_135_596_800_001));
    }

    [Theory]
    [InlineData(long.MaxValue, 1, long.MaxValue)]
    [InlineData(long.MinValue, -1, long.MinValue)]
    [InlineData(-5, long.MaxValue, long.MaxValue - 5)]
    [InlineData(5, long.MaxValue, long.MaxValue)]
    public void ShouldStopAtTheEnds_WhenTimesAreAdded(long time, long milliseconds, long expected)
    {
        Assert.Equal(expected, EventTime.Add(time, milliseconds));
        Assert.Equal(expected, EventTime.Subtract(time, -milliseconds));
    }

    [Fact]
    public void ShouldStopAtTheFirstNumber_WhenAWindowWouldBeginBeforeIt()
    {
        Assert.Equal(long.MinValue, TimeWindow.StartOf(long.MinValue + 1, 0, Hour));
        Assert.Equal(long.MaxValue - (long.MaxValue % Hour), TimeWindow.StartOf(long.MaxValue, 0, Hour));
        Assert.Equal(long.MaxValue, TimeWindow.StartOf(long.MaxValue, -1, 1L << 62));
    }

    private static SingleOutputStreamOperator<string> Declare(
        string kind,
        DataStream<long> times,
        long lateness,
        OutputTag<long>? late = null
    )
    {
        KeyedStream<int, long> keyed = times.KeyBy(_ => 0);
        TimeSpan hour = TimeSpan.FromHours(1);
        WindowAssigner<TimeWindow> assigner = kind switch
        {
            "tumbling" or "continuous" or "evicting" => TumblingEventTimeWindows.Of(hour),
            "offset" => TumblingEventTimeWindows.Of(hour, TimeSpan.FromMinutes(7)),
            "sliced" => SlidingEventTimeWindows.Of(3 * hour, hour),
            "sliding" => SlidingEventTimeWindows.Of(2 * hour, hour),
            "gaps" => SlidingEventTimeWindows.Of(hour, hour + TimeSpan.FromMilliseconds(1)),
            "session" => EventTimeSessionWindows.WithGap(hour),
            _ => EventTimeSessionWindows.WithDynamicGap<long>(_ => hour),
        };
        WindowedStream<int, long, TimeWindow> windows = keyed.Window(assigner).AllowedLateness(TimeSpan.FromMilliseconds(lateness));
        windows = kind == "continuous" ? windows.Trigger(ContinuousEventTimeTrigger.Of(TimeSpan.FromMinutes(20))) : windows;
        windows = kind == "evicting" ? windows.Evictor(TimeEvictor.Of(2 * hour)) : windows;
        windows = late is null ? windows : windows.SideOutputLateData(late);
        return windows.Aggregate(new Joined(), (_, window, all) => $"{window}{window.StartTime:yyyy}|{all}");
    }

    private sealed class Joined : IAggregateFunction<long, string, string>
    {
        public bool IsCommutative => true;

        public string CreateAccumulator() => "";

        public string Add(long value, string accumulator) => FormattableString.Invariant($"{accumulator}{value},");

        public string GetResult(string accumulator) => accumulator;

        public string Merge(string left, string right) => left + right;
    }
}
