using Millrace.Time;
using Xunit;

namespace Millrace.Tests.Time;

public sealed class WatermarkStrategyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(17)]
    public void ShouldTrailHighestTimestamp_WhenOutOfOrdernessIsBounded(int count)
    {
        long[] timestamps = [.. Enumerable.Range(0, count).Select(i => i == count / 2 ? 10_000L : 100L + i)];
        IWatermarkGenerator<int> generator = WatermarkStrategy<int>.ForBoundedOutOfOrderness(TimeSpan.FromSeconds(4)).CreateGenerator();
        long watermark = long.MinValue;

        generator.OnBatch(new int[count], timestamps, ref watermark);

        Assert.Equal(5_999, watermark);
    }

    [Fact]
    public void ShouldStayAtMinimum_WhenNoRecordHasATimestamp()
    {
        IWatermarkGenerator<int> generator = WatermarkStrategy<int>.ForBoundedOutOfOrderness(TimeSpan.FromSeconds(4)).CreateGenerator();
        long watermark = long.MinValue;

        generator.OnBatch(new int[2], [long.MinValue, long.MinValue], ref watermark);
        generator.OnBatch([], [], ref watermark);

        Assert.Equal(long.MinValue, watermark);
    }

    [Fact]
    public void ShouldNeverFall_WhenOlderRecordsFollow()
    {
        IWatermarkGenerator<int> generator = WatermarkStrategy<int>.ForMonotonousTimestamps().CreateGenerator();
        long watermark = long.MinValue;

        generator.OnBatch([1], [500], ref watermark);
        generator.OnBatch([1], [300], ref watermark);

        Assert.Equal(499, watermark);
    }

    [Fact]
    public void ShouldFollowMarks_WhenPunctuated()
    {
        IWatermarkGenerator<int> generator = WatermarkStrategy<int>
            .ForPunctuation((value, timestamp) => value < 0 ? timestamp : null)
            .CreateGenerator();
        long watermark = long.MinValue;

        generator.OnBatch([1, -1, 1], [10, 20, 30], ref watermark);

        Assert.Equal(20, watermark);
    }

    [Fact]
    public void ShouldKeepWhatWasSet_WhenConfiguredStepByStep()
    {
        WatermarkStrategy<long> strategy = WatermarkStrategy<long>
            .NoWatermarks()
            .WithTimestampAssigner(value => value * 2)
            .WithIdleness(TimeSpan.FromMinutes(1))
            .WithClockWhenIdle(TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(9))
            .WithWatermarkAlignment("g", TimeSpan.FromSeconds(5));

        Assert.Equal(42, strategy.TimestampAssigner!(21, 0));
        Assert.Equal(TimeSpan.FromMinutes(1), strategy.IdleTimeout);
        Assert.Equal(new IdleClock(TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(9)), strategy.IdleClock);
        Assert.Equal(new WatermarkAlignment("g", TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1)), strategy.Alignment);
    }

    [Fact]
    public void ShouldRefuse_WhenTheClockIsToCountAtOnceOrAhead()
    {
        WatermarkStrategy<long> strategy = WatermarkStrategy<long>.ForMonotonousTimestamps();
        Assert.Throws<ArgumentOutOfRangeException>("idle", () => strategy.WithClockWhenIdle(TimeSpan.Zero, TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(
            "bound",
            () => strategy.WithClockWhenIdle(TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(-1))
        );
        Assert.Null(strategy.IdleClock);
    }
}
