using FsCheck.Xunit;
using Millrace.Embedded.Commands;
using Xunit;

namespace Millrace.Embedded.Tests.Nexmark;

public sealed class LatencyHistogramTests
{
    [Property]
    public void ShouldBeAtMostOne64thAboveTheExactQuantile_WhateverTheLatencies(int[] values, int[] others, byte percent)
    {
        LatencyHistogram histogram = new();
        LatencyHistogram other = new();
        foreach (int value in values) histogram.Add(value);
        foreach (int value in others) other.Add(value);
        histogram.Merge(other);
        long[] all = [.. values.Concat(others).Select(value => Math.Max(value, 0L)).Order()];
        double fraction = (1 + (percent % 99)) / 100.0;
        Assert.Equal(all.Length, histogram.Count);
        if (all.Length * (1 - fraction) < 1)
        {
            Assert.Null(histogram.Quantile(fraction));
            return;
        }

        double exact = all[(int)Math.Ceiling(fraction * all.Length) - 1];
        Assert.InRange(histogram.Quantile(fraction)!.Value.TotalMicroseconds, exact, exact * 65 / 64);
    }

    [Fact]
    public void ShouldHoldTheLongest_WhenLatencyIsAbsurd()
    {
        LatencyHistogram histogram = new();
        histogram.Add(0);
        histogram.Add(long.MaxValue / 100_000);
        Assert.Equal(0, histogram.Quantile(0.5)!.Value.TotalMicroseconds);
    }
}
