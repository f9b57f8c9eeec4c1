using Millrace.Samples.Logs;
using Xunit;

namespace Millrace.Embedded.Tests.Samples;

public sealed class QuantileSketchTests
{
    private static readonly double[] Quantiles = [0, 0.01, 0.5, 0.9, 0.95, 0.99, 1];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void ShouldStayWithinItsError_WhenValuesSpanManySizes(int seed)
    {
        Random random = new(seed);
        long[] values = [.. Enumerable.Range(0, 5000).Select(_ => (long)Math.Exp(random.NextDouble() * 40))];
        QuantileSketch sketch = new();
        foreach (long value in values)
        {
            sketch.Add(value);
        }

        Array.Sort(values);
        foreach (double q in Quantiles)
        {
            long exact = values[Math.Clamp((int)Math.Ceiling(q * values.Length), 1, values.Length) - 1];
            Assert.InRange(sketch.Quantile(q), exact * (1 - QuantileSketch.RelativeError), exact * (1 + QuantileSketch.RelativeError));
        }
    }

    [Fact]
    public void ShouldBeExact_WhenValuesAreSmall()
    {
        QuantileSketch sketch = new();
        for (long value = 0; value < 64; value++)
        {
            sketch.Add(value);
        }

        for (int i = 1; i <= 64; i++)
        {
            Assert.Equal(i - 1, sketch.Quantile(i / 64.0));
        }
    }

    [Fact]
    public void ShouldEqualTheSketchOfAll_WhenPartsAreMerged()
    {
        Random random = new(4);
        QuantileSketch all = new();
        QuantileSketch[] parts = [new(), new(), new()];
        for (int i = 0; i < 3000; i++)
        {
            long value = random.NextInt64(1L << random.Next(1, 40));
            all.Add(value);
            parts[i % 3].Add(value);
        }

        QuantileSketch merged = new();
        foreach (QuantileSketch part in parts.Reverse())
        {
            merged.Merge(part);
        }

        Assert.Equal(all.Buckets[..all.Used], merged.Buckets[..merged.Used]);
        Assert.Equal(all.Counts[..all.Used], merged.Counts[..merged.Used]);
    }

    [Fact]
    public void ShouldHoldAnyNumber_WhenValuesAreExtreme()
    {
        QuantileSketch sketch = new();
        sketch.Add(long.MaxValue);
        sketch.Add(-5);
        Assert.Equal(0, sketch.Quantile(0.5));
        Assert.InRange(sketch.Quantile(1), long.MaxValue * (1 - QuantileSketch.RelativeError), long.MaxValue);
        Assert.Equal(0, new QuantileSketch().Quantile(0.5));
    }
}
