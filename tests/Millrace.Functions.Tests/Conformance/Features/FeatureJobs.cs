using System.Globalization;
using Millrace.Api;
using Millrace.Patterns;
using Millrace.Time;
using Millrace.UserFunctions;
using Millrace.Windows;

namespace Millrace.Functions.Tests.Conformance.Features;

/// <summary>
/// The purpose-made jobs: what the samples do not use. Topics: <c>readings</c> and <c>others</c> in four partitions, <c>ordered</c> in one,
/// <c>limits</c>.
/// </summary>
internal static class FeatureJobs
{
    private static readonly OutputTag<Reading> Late = new("late");

    public static void AsyncOrdered(FeatureJob job) =>
        job.Write(
            AsyncDataStream.OrderedWait(job.Readings("ordered"), new SlowLookup(), TimeSpan.FromSeconds(30), capacity: 16).WithUid("lookup")
        );

    public static void AsyncUnordered(FeatureJob job)
    {
        DataStream<Reading> sums = job.Readings("readings")
            .KeyBy(static reading => reading.Key)
            .Window(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1)))
            .Reduce(static (left, right) => new Reading(left.Key, Math.Max(left.Time, right.Time), left.Value + right.Value))
            .WithUid("sums");
        job.Write(AsyncDataStream.UnorderedWait(sums, new SlowLookup(), TimeSpan.FromSeconds(30)).WithUid("lookup"));
    }

    public static void Broadcast(FeatureJob job) =>
        job.Write(
            job.Readings("readings")
                .KeyBy(static reading => reading.Key)
                .Connect(job.Readings("limits").Broadcast(LimitFunction.Limits))
                .Process(new LimitFunction())
                .WithUid("limit")
        );

    public static void Patterns(FeatureJob job)
    {
        Pattern<Reading> pattern = Pattern
            .Begin<Reading>("low", AfterMatchSkipStrategy.SkipPastLastEvent())
            .Where(static reading => reading.Value < 40)
            .FollowedBy("high")
            .Where(static reading => reading.Value > 60)
            .Within(TimeSpan.FromSeconds(2));
        job.Write(
            CEP.Pattern(job.Readings("readings").KeyBy(static reading => reading.Key), pattern)
                .Select(match => $"{Line(match["low"][0])} {Line(match["high"][0])}")
                .WithUid("pattern")
        );
    }

    public static void IntervalJoins(FeatureJob job) =>
        job.Write(
            job.Readings("readings")
                .KeyBy(static reading => reading.Key)
                .IntervalJoin(job.Readings("others").KeyBy(static reading => reading.Key))
                .Between(TimeSpan.FromMilliseconds(-100), TimeSpan.FromMilliseconds(50))
                .Process((left, right) => $"{Line(left)} {Line(right)}")
                .WithUid("join")
        );

    public static void WindowJoins(FeatureJob job) =>
        job.Write(
            job.Readings("readings")
                .Join(job.Readings("others"))
                .Where(static left => left.Key, static right => right.Key)
                .Window(TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(500)))
                .Apply<string>(
                    (key, window, left, right, output) =>
                        output.Collect(
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"{key}:{window.Start}:{left.Sum(each => each.Value)}:{right.Sum(each => each.Value)}"
                            )
                        )
                )
                .WithUid("join")
        );

    public static void TemporalJoins(FeatureJob job) =>
        job.Write(
            job.Readings("readings")
                .KeyBy(static reading => reading.Key)
                .TemporalJoin(job.Readings("others").KeyBy(static reading => reading.Key))
                .ProcessLeftOuter((left, version) => $"{Line(left)} {Line(version)}", left => $"{Line(left)} none")
                .WithUid("join")
        );

    public static void SessionWindows(FeatureJob job) =>
        job.Write(
            job.Readings("readings")
                .KeyBy(static reading => reading.Key)
                .Window(EventTimeSessionWindows.WithGap(TimeSpan.FromMilliseconds(90)))
                .Apply<string>(
                    (key, window, readings, output) =>
                        output.Collect(
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"{key}:{window.Start}-{window.End}:{string.Join('+', readings.Select(each => each.Value).Order())}"
                            )
                        )
                )
                .WithUid("sessions")
        );

    public static void CountWindows(FeatureJob job) =>
        job.Write(
            job.Readings("ordered")
                .KeyBy(static reading => reading.Key)
                .CountWindow(7)
                .Reduce(static (left, right) => right with { Value = left.Value + right.Value })
                .WithUid("counts")
                .Map(reading => Line(reading))
        );

    public static void SlidingCountWindows(FeatureJob job) =>
        job.Write(
            job.Readings("ordered")
                .KeyBy(static reading => reading.Key)
                .CountWindow(10, 3)
                .Apply<string>(
                    (key, _, readings, output) => output.Collect($"{key}:{string.Join('+', readings.Select(each => each.Value))}")
                )
                .WithUid("counts")
        );

    public static void AllWindows(FeatureJob job) =>
        job.Write(
            job.Readings("readings")
                .WindowAll(SlidingEventTimeWindows.Of(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1)))
                .Apply<string>(
                    (window, readings, output) =>
                        output.Collect(
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"{window.Start}:{readings.Count}:{readings.Sum(each => (long)each.Value)}"
                            )
                        )
                )
                .WithUid("all")
        );

    public static void SideOutputs(FeatureJob job)
    {
        SingleOutputStreamOperator<Reading> even = job.Readings("readings").Process(new SplitFunction()).WithUid("split");
        job.Write(even.Map(reading => Line(reading)));
        job.Write(
            even.GetSideOutput(SplitFunction.Odd)
                .KeyBy(static reading => reading.Key)
                .Window(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1)))
                .Reduce(static (left, right) => left with { Time = 0, Value = left.Value + right.Value })
                .WithUid("odd")
                .Map(reading => Line(reading)),
            "-odd"
        );
    }

    public static void LateData(FeatureJob job)
    {
        SingleOutputStreamOperator<string> windows = job.Readings("late")
            .KeyBy(static reading => reading.Key)
            .Window(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1)))
            .AllowedLateness(TimeSpan.FromSeconds(2))
            .SideOutputLateData(Late)
            .Apply<string>(
                (key, window, readings, output) =>
                    output.Collect(string.Create(CultureInfo.InvariantCulture, $"{key}:{window.Start}:{readings.Sum(each => each.Value)}"))
            );
        windows.WithUid("windows");
        job.Write(windows);
        job.Write(windows.GetSideOutput(Late).Map(reading => Line(reading)), "-late");
    }

    public static void Ttl(FeatureJob job) =>
        job.Write(job.Readings("expiring").KeyBy(static reading => reading.Key).Process(new ExpiringCount()).WithUid("count"));

    public static void ProcessingTimers(FeatureJob job) =>
        job.Write(job.Readings("quiet").KeyBy(static reading => reading.Key).Process(new QuietAlarm()).WithUid("alarm"));

    public static void ConnectedStreams(FeatureJob job) =>
        job.Write(
            job.Readings("readings")
                .KeyBy(static reading => reading.Key)
                .Connect(job.Readings("others").KeyBy(static reading => reading.Key))
                .Process(new TrackFunction())
                .WithUid("track")
        );

    public static void Union(FeatureJob job) =>
        job.Write(
            job.Readings("readings")
                .Union(job.Readings("others"))
                .Rebalance()
                .Map(static reading => reading with { Value = reading.Value + 1 })
                .WithUid("plus")
                .KeyBy(static reading => reading.Key)
                .Sum(static reading => reading.Value)
                .WithUid("sum")
                .Map(static sum => $"{sum.Key}:{sum.Value.ToString(CultureInfo.InvariantCulture)}")
        );

    /// <summary>Event time made behind the source, after what is to be left out.</summary>
    public static void WatermarksBehindTheSource(FeatureJob job) =>
        job.Write(
            job.Readings("paired", WatermarkStrategy<Reading>.NoWatermarks())
                .Filter(static reading => reading.Value > 10)
                .AssignTimestampsAndWatermarks(FeatureJob.Watermarks())
                .KeyBy(static reading => reading.Key)
                .Window(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1)))
                .Apply<string>(
                    (key, window, readings, output) =>
                        output.Collect(string.Create(CultureInfo.InvariantCulture, $"{key}:{window.Start}:{readings.Count}"))
                )
                .WithUid("windows")
        );

    public static void Forward(FeatureJob job) =>
        job.Write(
            job.Readings("ordered")
                .Map(static reading => reading with { Value = reading.Value + 1 })
                .StartNewChain()
                .WithUid("plus")
                .Map(reading => Line(reading))
                .StartNewChain()
                .WithUid("line")
        );

    private static string Line(in Reading reading) => ReadingSchema.Text(reading);
}
