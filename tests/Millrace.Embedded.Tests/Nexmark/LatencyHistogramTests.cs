using Millrace.Embedded.Commands;
using Xunit;

namespace Millrace.Embedded.Tests.Nexmark;

public sealed class LatencyHistogramTests
{
    [Theory]
    [InlineData(1, 50)]
    [InlineData(7, 50)]
    [InlineData(10, 99)]
    [InlineData(1_000, 90)]
    [InlineData(10_000, 99)]
    public void ShouldBeAtMostOne64thAboveTheExactQuantile_WhateverTheLatencies(int count, int percent)
    {
        // Of all sizes, and some below zero.
        Random random = new(count);
        int[] values =
        [
            .. Enumerable
                .Range(0, count)
                .Select(_ => random.Next() >> random.Next(31))
                .Select(value => random.Next(20) == 0 ? -value : value),
        ];
        int[] others = [.. values.Select(value => value / 3)];
        LatencyHistogram histogram = new();
        LatencyHistogram other = new();
        foreach (int value in values)
        {
            histogram.Add(value);
        }

        foreach (int value in others)
        {
            other.Add(value);
        }

        histogram.Merge(other);
        long[] all = [.. values.Concat(others).Select(value => Math.Max(value, 0L)).Order()];
        double fraction = percent / 100.0;
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
