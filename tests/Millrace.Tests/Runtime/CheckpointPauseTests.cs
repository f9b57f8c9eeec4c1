using System.Collections.Concurrent;
using Millrace.Api;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Runtime;
using Millrace.Testing;
using Millrace.Time;
using Xunit;

namespace Millrace.Tests.Runtime;

public sealed class CheckpointPauseTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task ShouldNotPutOffTheNextCheckpoint_WhenOneWaitedForASink()
    {
        Clock clock = new();
        using WaitingSink sink = new();
        StreamExecutionEnvironment env = new(new ExecutionOptions { CheckpointInterval = TimeSpan.FromSeconds(1) })
        {
            TimeProvider = clock,
        };
        env.FromSource(new GeneratorSource<long>(long.MaxValue, n => n) { RecordsPerSecond = 10 }, WatermarkStrategy<long>.NoWatermarks())
            .SinkTo(sink);
        await using JobClient client = env.ExecuteDetached("waiting");

        await UntilAsync(clock, TimeSpan.FromSeconds(1), () => sink.IsWaiting);
        clock.Inner.Advance(TimeSpan.FromSeconds(60));
        sink.Release(flushes: 1);
        await UntilAsync(clock, TimeSpan.Zero, () => client.GetMetrics().LastCheckpointId == 1);
        Assert.InRange(client.GetMetrics().LastCheckpointDuration.TotalSeconds, 60, 70);
        sink.Release(flushes: 1);
        await UntilAsync(clock, TimeSpan.FromSeconds(1), () => client.GetMetrics().LastCheckpointId == 2);
        sink.Release(flushes: 1_000);

        Assert.DoesNotContain(clock.DueTimes, due => due >= TimeSpan.FromSeconds(55) && due <= TimeSpan.FromSeconds(70));
    }

    private static async Task UntilAsync(Clock clock, TimeSpan step, Func<bool> condition)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Deadline, "The condition was not met in time.");
            clock.Inner.Advance(step);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    /// <summary>A clock that the test moves, and that remembers how far ahead timers were set.</summary>
    private sealed class Clock : TimeProvider
    {
        public ManualTimeProvider Inner { get; } = new();

        public ConcurrentBag<TimeSpan> DueTimes { get; } = [];

        public override long TimestampFrequency => Inner.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => Inner.GetUtcNow();

        public override long GetTimestamp() => Inner.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            DueTimes.Add(dueTime);
            return Inner.CreateTimer(callback, state, dueTime, period);
        }
    }

    /// <summary>
    /// A sink whose flushes wait until the test releases them, as they do whose broker is away: the next checkpoint is not complete before
    /// the test has seen the one before.
    /// </summary>
    private sealed class WaitingSink : ISink<long>, ISinkWriter<long>, IDisposable
    {
        private readonly SemaphoreSlim _released = new(0);
        private volatile bool _isWaiting;

        public bool IsWaiting => _isWaiting;

        public IReadOnlyList<Topic> Topics => [];

        public void Release(int flushes) => _released.Release(flushes);

        public void Validate(ICollection<string> errors)
        {
            // Nothing to validate.
        }

        public ISinkWriter<long> CreateWriter(ConnectorContext context) => this;

        public void Write(RecordBatch<long> batch)
        {
            // Only the flush matters.
        }

        public void Flush(bool endOfInput)
        {
            _isWaiting = true;
            Assert.True(_released.Wait(Deadline));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        public void Dispose() => _released.Dispose();
    }
}
