using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Operators;
using Millrace.Operators.Connectors;
using Millrace.Time;
using Xunit;

namespace Millrace.Tests.Operators;

public sealed class SourceOperatorTests
{
    private readonly Recorder _output = new();
    private readonly ScriptedReader _reader = new();

    [Fact]
    public void ShouldEmitMinimumOfSplits_WhenSplitsAdvanceApart()
    {
        SourceOperator<long> source = Open(WatermarkStrategy<long>.ForMonotonousTimestamps());
        Push(source, "a", 100, 200);
        source.OnPeriodic(0);
        Assert.Empty(_output.Watermarks);
        Push(source, "b", 50);
        source.OnPeriodic(0);
        Push(source, "b", 150);
        source.OnPeriodic(0);

        Assert.Equal([49, 149], _output.Watermarks);
        Assert.Equal([100, 200, 50, 150], _output.Records);
    }

    [Fact]
    public void ShouldGoOnWithoutQuietSplit_WhenItIsIdle()
    {
        SourceOperator<long> source = Open(WatermarkStrategy<long>.ForMonotonousTimestamps().WithIdleness(TimeSpan.FromMilliseconds(10)));
        source.OnPeriodic(0);
        Push(source, "a", 100);
        source.OnPeriodic(5);
        Assert.Empty(_output.Watermarks);
        source.OnPeriodic(10);
        Assert.Equal([99], _output.Watermarks);
        source.OnPeriodic(15);
        Assert.Equal([true], _output.Idle);
        Push(source, "b", 120);
        source.OnPeriodic(16);

        Assert.Equal([true, false], _output.Idle);
        Assert.Equal([99, 119], _output.Watermarks);
    }

    [Fact]
    public void ShouldFollowTheClock_WhenAllSplitsAreQuiet()
    {
        SourceOperator<long> source = Open(
            WatermarkStrategy<long>.ForMonotonousTimestamps().WithClockWhenIdle(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(5))
        );
        source.OnPeriodic(1_000);
        Push(source, "a", 100);
        source.OnPeriodic(1_001);
        source.OnPeriodic(1_010);
        Assert.Empty(_output.Watermarks);

        source.OnPeriodic(1_011);
        source.OnPeriodic(1_020);
        Assert.Equal([1_005, 1_014], _output.Watermarks);

        // Set back, the clock takes nothing back, and has to show the time once more.
        source.OnPeriodic(900);
        source.OnPeriodic(1_019);
        source.OnPeriodic(1_021);
        Assert.Equal([1_005, 1_014, 1_015], _output.Watermarks);
        Push(source, "b", 2_000);
        source.OnPeriodic(1_040);
        Push(source, "a", 1_500);
        source.OnPeriodic(1_041);
        Assert.Equal([1_005, 1_014, 1_015, 1_499], _output.Watermarks);
        Assert.Empty(_output.Idle);
    }

    [Fact]
    public void ShouldBeIdleAgain_WhenItHasSaidTheTimeOfTheClock()
    {
        SourceOperator<long> source = Open(
            WatermarkStrategy<long>
                .ForMonotonousTimestamps()
                .WithIdleness(TimeSpan.FromMilliseconds(5))
                .WithClockWhenIdle(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(5))
        );
        source.OnPeriodic(1_000);
        source.OnPeriodic(1_005);
        Assert.Equal([true], _output.Idle);

        source.OnPeriodic(1_010);

        Assert.Equal([true, false, true], _output.Idle);
        Assert.Equal([1_004], _output.Watermarks);
    }

    [Fact]
    public void ShouldNotFollowTheClock_WhenASplitIsPausedForAlignment()
    {
        SourceOperator<long> source = Open(
            WatermarkStrategy<long>
                .ForMonotonousTimestamps()
                .WithWatermarkAlignment("g", TimeSpan.FromMilliseconds(50))
                .WithClockWhenIdle(TimeSpan.FromMilliseconds(10), TimeSpan.Zero)
        );
        Push(source, "a", 1_001);
        source.PauseSplitsBeyond(150);
        source.OnPeriodic(5_000);
        source.OnPeriodic(5_100);

        Assert.Empty(_output.Watermarks);
    }

    [Fact]
    public void ShouldPauseSplitsAhead_WhenAlignmentBoundsThem()
    {
        SourceOperator<long> source = Open(
            WatermarkStrategy<long>.ForMonotonousTimestamps().WithWatermarkAlignment("g", TimeSpan.FromMilliseconds(50))
        );
        Push(source, "a", 1_001);
        Push(source, "b", 101);
        Assert.Equal(100, source.LowestWatermark);

        source.PauseSplitsBeyond(150);
        source.PauseSplitsBeyond(150);
        Push(source, "b", 1_001);
        source.PauseSplitsBeyond(1_050);

        Assert.Equal(["+a", "-a"], _reader.Pauses);
    }

    [Fact]
    public void ShouldNameSplitAndTask_WhenReaderEmitsForeignSplit()
    {
        SourceOperator<long> source = Open(WatermarkStrategy<long>.NoWatermarks());
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => Push(source, "c", 1));
        Assert.Contains("split 'c'", error.Message, StringComparison.Ordinal);
    }

    private static void Push(SourceOperator<long> source, string split, params long[] timestamps)
    {
        foreach (long timestamp in timestamps)
        {
            source.Batch.Add(timestamp, timestamp);
        }

        source.Emit(split);
    }

    private SourceOperator<long> Open(WatermarkStrategy<long> strategy)
    {
        SourceOperator<long> source = new(_reader, strategy) { Output = new OperatorOutput<long>(_output, 16) };
        source.Setup(
            new OperatorContext("job", "source", "source", 0, 1, 128, 16, TimeProvider.System, null!, NullLoggerFactory.Instance, default)
        );
        source.Open(restored: null);
        source.AddSplits([new SourceSplit("a", 0, default), new SourceSplit("b", 1, default)]);
        return source;
    }

    private sealed class Recorder : IInput<long>
    {
        public List<long> Records { get; } = [];

        public List<long> Watermarks { get; } = [];

        public List<bool> Idle { get; } = [];

        public void OnBatch(RecordBatch<long> batch) => Records.AddRange(batch.Values);

        public void OnWatermark(long watermark) => Watermarks.Add(watermark);

        public void OnIdle(bool idle) => Idle.Add(idle);

        public void Flush()
        {
            // Records are taken at once.
        }
    }

    private sealed class ScriptedReader : ISource<long>, ISourceReader<long>
    {
        public List<string> Pauses { get; } = [];

        public Boundedness Boundedness => Boundedness.ContinuousUnbounded;

        public IReadOnlyList<Topic> Topics => [];

        public void Validate(ICollection<string> errors)
        {
            // Nothing to validate.
        }

        public ISplitEnumerator CreateEnumerator(ConnectorContext context) => throw new NotSupportedException("The test assigns splits.");

        public ISourceReader<long> CreateReader(ConnectorContext context) => this;

        public void AddSplits(IReadOnlyList<SourceSplit> splits)
        {
            // The test pushes records.
        }

        public void NotifyNoMoreSplits()
        {
            // The test pushes records.
        }

        public ReadStatus Read(ISourceOutput<long> output, TimeSpan maxWait) => ReadStatus.NothingAvailable;

        public IReadOnlyList<SourceSplit> SnapshotSplits(long checkpointId) => [];

        public void NotifyCheckpointComplete(long checkpointId)
        {
            // Nothing to publish.
        }

        public void SetPaused(IReadOnlyCollection<string> splitIds, bool paused) =>
            Pauses.AddRange(splitIds.Select(id => (paused ? "+" : "-") + id));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
