using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.Connectors;
using Millrace.Operators;
using Millrace.Operators.Connectors;
using Millrace.Testing;
using Millrace.Tests.Checkpoints;
using Millrace.Time;
using Millrace.UserFunctions;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Operators;

/// <summary>A record that is too far ahead of its split, or of the clock, does not move the watermark.</summary>
public sealed class TimestampGuardTests
{
    private const long Hour = 3_600_000;
    private static readonly OutputTag<long> Ahead = new("ahead");
    private readonly ManualTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(50));

    private long Now => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public void ShouldKeepWatermark_WhenRecordIsAheadOfItsSplit(int batchSize)
    {
        SplitProgress<long> split = Split(
            WatermarkStrategy<long>.ForBoundedOutOfOrderness(TimeSpan.FromSeconds(5)).WithMaxTimestampAdvance(TimeSpan.FromHours(1))
        );

        int ahead = Push(split, batchSize, 1_000_000, 1_000_000 + Hour + 1, 1_002_000, long.MaxValue, 1_001_000, 1_002_000 + Hour);

        Assert.Equal(2, ahead);
        Assert.Equal(1_002_000 + Hour - 5_001, split.Watermark);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public void ShouldFollow_WhenVotesConfirmThatTheSplitHasJumped(int batchSize)
    {
        SplitProgress<long> split = Split(
            WatermarkStrategy<long>.ForMonotonousTimestamps().WithMaxTimestampAdvance(TimeSpan.FromHours(1), confirmedBy: 3)
        );
        long day = 24 * Hour;

        // One vote, one against it, then three of the same day; a record of elsewhere takes one away.
        int ahead = Push(split, batchSize, 1_000, day, 2_000, day + 1, day + 2, 50 * day, day + 3);
        Assert.Equal((4, 1_999), (ahead - 1, split.Watermark));
        Push(split, batchSize, day + 4, day + 5);

        Assert.Equal(day + 4, split.Watermark);
    }

    [Fact]
    public void ShouldGoOnVoting_WhenTheSplitIsRestored()
    {
        WatermarkStrategy<long> strategy = WatermarkStrategy<long>
            .ForMonotonousTimestamps()
            .WithMaxTimestampAdvance(TimeSpan.FromHours(1), confirmedBy: 2);
        SplitProgress<long> before = Split(strategy);
        Push(before, 1, 1_000, 5 * Hour);
        Assert.Equal(999, before.Watermark);
        MemorySnapshot snapshot = new();
        MemorySnapshot.TaskWriter writer = snapshot.CreateWriter();
        SourceSnapshot.Write(
            writer,
            [new RestoredSplit(new SourceSplit("a", 0, default), before.Watermark, IsFinished: false) { Votes = before.Guard!.Votes }]
        );
        writer.End();

        RestoredSplit restored = Assert.Single(SourceSnapshot.Read(snapshot.ReaderOf(new Millrace.State.KeyGroupRange(0, 1))));
        SplitProgress<long> after = Split(strategy, restored);
        Push(after, 1, (5 * Hour) + 1);

        Assert.Equal(5 * Hour, after.Watermark);
    }

    [Fact]
    public void ShouldKeepWatermark_WhenRecordIsAheadOfTheClock()
    {
        SplitProgress<long> split = Split(
            WatermarkStrategy<long>.ForMonotonousTimestamps().WithMaxTimestampAheadOfClock(TimeSpan.FromMinutes(5))
        );

        Assert.Equal(1, Push(split, 1, Now + 300_001));
        Assert.Equal(long.MinValue, split.Watermark);
        Assert.Equal(0, Push(split, 1, Now + 300_000));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0, Push(split, 1, Now + 300_000));

        Assert.Equal(Now + 299_999, split.Watermark);
    }

    [Fact]
    public void ShouldNotVote_WhenRecordIsAheadOfTheClock()
    {
        SplitProgress<long> split = Split(
            WatermarkStrategy<long>
                .ForMonotonousTimestamps()
                .WithMaxTimestampAdvance(TimeSpan.FromHours(1), confirmedBy: 2)
                .WithMaxTimestampAheadOfClock(TimeSpan.Zero)
        );

        Assert.Equal(3, Push(split, 1, 1_000, Now + Hour, Now + Hour, Now + Hour));

        Assert.Equal(999, split.Watermark);
        Assert.Equal(default, split.Guard!.Votes);
    }

    [Fact]
    public void ShouldWarnOnce_WhenManyRecordsAreAhead()
    {
        ListLogger logger = new();
        SplitGuard guard = new(TimestampGuard.None with { MaxAdvance = Hour, ConfirmedBy = 100 }, lag: 1, _clock, logger, "clicks");
        SplitProgress<long> split = new(
            "clicks-3",
            WatermarkStrategy<long>.ForMonotonousTimestamps().CreateGenerator(),
            long.MinValue,
            guard
        );

        Push(split, 1, 0, long.MaxValue, 4_102_444_800_000);

        Assert.Contains("split 'clicks-3' has a record of +∞", Assert.Single(logger.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldCloseNoWindow_WhenOneRecordIsFromTheFuture()
    {
        WatermarkStrategy<long> strategy = WatermarkStrategy<long>.ForMonotonousTimestamps().WithTimestampAssigner(time => time);

        // Without the guard the third record closes the window of the others.
        Assert.Equal(["0: 2", "4102444800000: 1"], Count(strategy));
        Assert.Equal(["0: 4", "4102444800000: 1"], Count(strategy.WithMaxTimestampAdvance(TimeSpan.FromDays(1))));
        Assert.Equal(
            ["0: 4", "ahead 4102444800000"],
            Count(strategy.WithMaxTimestampAdvance(TimeSpan.FromDays(1)).WithSideOutputAheadData(Ahead))
        );
    }

    [Fact]
    public void ShouldDivertInTheMiddleOfAStream_WhenWatermarksAreAssignedThere()
    {
        WatermarkStrategy<long> strategy = WatermarkStrategy<long>.ForMonotonousTimestamps().WithTimestampAssigner(time => time);

        Assert.Equal(
            ["0: 4", "ahead 4102444800000"],
            Count(strategy.WithMaxTimestampAdvance(TimeSpan.FromDays(1)).WithSideOutputAheadData(Ahead), isInTheMiddle: true)
        );
    }

    [Fact]
    public void ShouldRefuse_WhenSideOutputHasNoLimitBeforeIt()
    {
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() =>
            WatermarkStrategy<long>.ForMonotonousTimestamps().WithSideOutputAheadData(Ahead)
        );
        Assert.Contains("call WithMaxTimestampAdvance", error.Message, StringComparison.Ordinal);
    }

    private static int Push(SplitProgress<long> split, int batchSize, params long[] timestamps) =>
        timestamps.Chunk(batchSize).Sum(batch => split.OnBatch(batch, batch));

    private static string[] Count(WatermarkStrategy<long> strategy, bool isInTheMiddle = false)
    {
        TestSource<long> source = new();
        TestSink<string> sink = new();
        using JobTestDriver driver = JobTestDriver.Start(env =>
        {
            SingleOutputStreamOperator<long> times = isInTheMiddle
                ? env.FromSource(source, source.Watermarks).AssignTimestampsAndWatermarks(strategy)
                : env.FromSource(source, strategy);
            times
                .KeyBy(_ => 0)
                .Window(TumblingEventTimeWindows.Of(TimeSpan.FromHours(1)))
                .Apply<string>((_, window, all, output) => output.Collect($"{window.Start}: {all.Count}"))
                .SinkTo(sink);
            times.GetSideOutput(Ahead).Map(time => $"ahead {time}").SinkTo(sink);
        });
        foreach (long time in (long[])[1, 2, 4_102_444_800_000, 3, 4])
        {
            source.Add(time);
            driver.RunUntilIdle();
            driver.AdvanceTime(TimeSpan.FromSeconds(1));
        }

        source.End();
        driver.RunToEnd();
        return [.. sink.Values.Order(StringComparer.Ordinal)];
    }

    private SplitProgress<long> Split(WatermarkStrategy<long> strategy, RestoredSplit? restored = null)
    {
        SplitGuard guard = new(strategy.Guard!, strategy.Lag, _clock, NullLogger.Instance, "source");
        guard.Begin(restored?.Votes ?? default);
        return new SplitProgress<long>("a", strategy.CreateGenerator(), restored?.Watermark ?? long.MinValue, guard);
    }
}
