using System.Globalization;
using Millrace.Runtime;
using Millrace.Testing;
using Millrace.Time;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Operators;

/// <summary>Jobs whose last window closes though nothing comes any more.</summary>
public sealed class IdleClockTests : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly TestSource<long> _source = new(splits: 2);
    private readonly TestSink<string> _sink = new();
    private readonly ManualTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(50));
    private JobTestDriver? _driver;

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void ShouldCloseTheLastWindow_WhenNoSplitHasAnything(int parallelism)
    {
        long start = Now;
        JobTestDriver driver = Start(parallelism, Strategy.WithClockWhenIdle(Minute, Minute * 5));
        Add(start + 1, split: 0);
        Add(start + 2, split: 1);
        driver.AdvanceTime(TimeSpan.FromSeconds(1));
        driver.AdvanceTime(Minute * 5);
        Assert.Empty(_sink.Values);

        driver.AdvanceTime(Minute * 1);
        Assert.Equal([$"{start}: 2"], _sink.Values);

        // Within the bound: not late, though the clock has gone on.
        Add(start + 60_000, split: 0);
        Add(start + 999, split: 0);
        driver.AdvanceTime(TimeSpan.FromSeconds(1));
        driver.AdvanceTime(Minute * 2);
        Assert.Equal([$"{start}: 2", $"{start + 60_000}: 1"], _sink.Values);
    }

    [Fact]
    public void ShouldStayOpen_WhenTheOptionIsOff()
    {
        JobTestDriver driver = Start(1, Strategy.WithIdleness(Minute));
        Add(Now, split: 0);
        driver.AdvanceTime(TimeSpan.FromSeconds(1));
        driver.AdvanceTime(Minute * 60);

        Assert.Empty(_sink.Values);
    }

    [Fact]
    public void ShouldHoldNobodyBack_WhenAnIdleTaskIsBehindOneWithRecords()
    {
        long start = Now;
        JobTestDriver driver = Start(2, Strategy.WithIdleness(Minute).WithClockWhenIdle(Minute, Minute * 5));
        Add(start, split: 0);
        Add(start, split: 1);
        driver.AdvanceTime(TimeSpan.FromSeconds(1));
        driver.AdvanceTime(Minute * 7);
        Assert.Equal([$"{start}: 2"], _sink.Values);

        // The other task has said two minutes, the time of the clock less its bound, and is idle all the same.
        Add(start + 300_000, split: 0);
        Add(start + 420_000, split: 0);
        driver.AdvanceTime(TimeSpan.FromSeconds(1));

        Assert.Equal([$"{start}: 2", $"{start + 300_000}: 1"], _sink.Values);
    }

    public void Dispose() => _driver?.Dispose();

    private static WatermarkStrategy<long> Strategy { get; } =
        WatermarkStrategy<long>.ForMonotonousTimestamps().WithTimestampAssigner(time => time);

    private void Add(long time, int split) => _source.Add(time, time, split);

    private JobTestDriver Start(int parallelism, WatermarkStrategy<long> strategy) =>
        _driver = JobTestDriver.Start(
            env =>
                env.FromSource(_source, strategy)
                    .KeyBy(_ => 0)
                    .Window(TumblingEventTimeWindows.Of(Minute))
                    .Apply<string>(
                        (_, window, all, output) =>
                            output.Collect(string.Create(CultureInfo.InvariantCulture, $"{window.Start}: {all.Count}"))
                    )
                    .SinkTo(_sink),
            new JobTestOptions
            {
                Time = _time,
                Execution = new ExecutionOptions { Parallelism = parallelism },
            }
        );
}
