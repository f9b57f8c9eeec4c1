using Millrace.Runtime;
using Xunit;

namespace Millrace.Tests.Runtime;

public sealed class WatermarkCombinerTests
{
    private readonly WatermarkCombiner _combiner = new(channels: 2, initial: long.MinValue);

    [Fact]
    public void ShouldBeTheMinimum_WhenAllChannelsAreActive()
    {
        Assert.False(_combiner.Advance(0, 10));
        Assert.True(_combiner.Advance(1, 5));
        Assert.Equal(5, _combiner.Watermark);
    }

    [Fact]
    public void ShouldHoldNobodyBack_WhenAnIdleChannelIsActiveAgain()
    {
        _combiner.Advance(0, 10);
        _combiner.Advance(1, 5);
        Assert.True(_combiner.SetIdle(1, true));
        Assert.Equal(10, _combiner.Watermark);

        Assert.False(_combiner.SetIdle(1, false));
        Assert.False(_combiner.Advance(1, 7));
        Assert.True(_combiner.Advance(0, 20));
        Assert.Equal(20, _combiner.Watermark);
    }

    [Fact]
    public void ShouldCountAgain_WhenTheChannelHasCaughtUp()
    {
        _combiner.Advance(0, 10);
        _combiner.SetIdle(1, true);
        _combiner.SetIdle(1, false);
        Assert.False(_combiner.Advance(1, 12));

        Assert.True(_combiner.Advance(0, 20));
        Assert.Equal(12, _combiner.Watermark);
    }

    [Fact]
    public void ShouldTakeTheFurthestWord_WhenAllChannelsAreIdle()
    {
        _combiner.Advance(0, 10);
        _combiner.Advance(1, 5);
        _combiner.SetIdle(0, true);
        Assert.Equal(5, _combiner.Watermark);

        Assert.True(_combiner.SetIdle(1, true));
        Assert.Equal(10, _combiner.Watermark);
        Assert.True(_combiner.IsIdle);
    }

    [Fact]
    public void ShouldWaitForEveryChannel_WhenItsWatermarkIsRestored()
    {
        WatermarkCombiner restored = new(channels: 2, initial: 100);

        Assert.False(restored.Advance(0, 200));
        Assert.False(restored.Advance(1, 50));
        Assert.True(restored.Advance(1, 150));
        Assert.Equal(150, restored.Watermark);
    }
}
