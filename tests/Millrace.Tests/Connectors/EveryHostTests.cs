using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Errors;
using Millrace.Runtime;
using Millrace.Testing;
using Millrace.Tests.Testing.Conformance;
using Xunit;

namespace Millrace.Tests.Connectors;

/// <summary>Connectors of the two parts that every host needs, on the embedded host.</summary>
public sealed class EveryHostTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(DurableSinkGuarantee.AtLeastOnce, 1)]
    [InlineData(DurableSinkGuarantee.ExactlyOnce, 1)]
    [InlineData(DurableSinkGuarantee.ExactlyOnce, 3)]
    public async Task ShouldCopyAllLines_WhenSourceAndSinkHaveNothingButTheirParts(DurableSinkGuarantee guarantee, int parallelism)
    {
        (MemoryLog input, MemoryLog output) = (Filled(5_000), new MemoryLog("output", partitions: parallelism));

        await Copy(input, new MemoryLogSink(output, guarantee), parallelism).ExecuteAsync("copy").WaitAsync(Deadline);

        Assert.Equal(input.All.Order(StringComparer.Ordinal), output.All.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ShouldWriteEachLineOnce_WhenAnExactlyOnceJobFailsAndGoesOn()
    {
        (MemoryLog input, MemoryLog output) = (Filled(20_000), new MemoryLog("output", partitions: 1));
        int seen = 0;
        StreamExecutionEnvironment env = Environment(1);
        env.FromSource(new MemoryLogSource(input))
            .Map(line => Interlocked.Increment(ref seen) is 4_000 or 15_000 ? throw new IOException("Once.") : line)
            .SinkTo(new MemoryLogSink(output, DurableSinkGuarantee.ExactlyOnce));

        await env.ExecuteAsync("copy").WaitAsync(Deadline);

        Assert.Equal(input.All.Order(StringComparer.Ordinal), output.All.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ShouldLoseNothing_WhenTheSenderFails()
    {
        (MemoryLog input, MemoryLog output) = (Filled(5_000), new MemoryLog("output", partitions: 1));
        MemoryLogSink sink = new(output, DurableSinkGuarantee.AtLeastOnce) { FailsOnce = true };

        await Copy(input, sink, parallelism: 1).ExecuteAsync("copy").WaitAsync(Deadline);

        Assert.False(sink.FailsOnce);
        Assert.Equal(input.All.Order(StringComparer.Ordinal), output.All.Distinct().Order(StringComparer.Ordinal));
        Assert.True(output.All.Count > input.All.Count);
    }

    [Fact]
    public async Task ShouldWriteAllAgain_WhenAnExactlyOnceJobBeginsAnew()
    {
        (MemoryLog input, MemoryLog output) = (Filled(100), new MemoryLog("output", partitions: 1));
        for (int run = 1; run <= 2; run++)
        {
            await Copy(input, new MemoryLogSink(output, DurableSinkGuarantee.ExactlyOnce), parallelism: 1)
                .ExecuteAsync("copy")
                .WaitAsync(Deadline);
            Assert.Equal(run * 100, output.All.Count);
        }
    }

    [Fact]
    public async Task ShouldLeaveTheRecordOut_WhenItCannotBeEncodedAndThePolicySaysSo()
    {
        MemoryLog input = Filled(10);
        input.Append(0, "bad");
        input.Append(0, "good");
        MemoryLog output = new("output", partitions: 1);
        StreamExecutionEnvironment env = Copy(input, new MemoryLogSink(output, DurableSinkGuarantee.AtLeastOnce), parallelism: 1);
        env.SetUserCodeErrorPolicy(UserCodeErrorPolicy.Skip);

        await env.ExecuteAsync("copy").WaitAsync(Deadline);

        Assert.Equal(input.All.Except(["bad"]).Order(StringComparer.Ordinal), output.All.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ShouldReadAPartitionFromItsBeginning_WhenItComesLater()
    {
        (MemoryLog input, MemoryLog output) = (Filled(10), new MemoryLog("output", partitions: 1));
        StreamExecutionEnvironment env = Environment(2);
        env.FromSource(new MemoryLogSource(input, Boundedness.ContinuousUnbounded))
            .SinkTo(new MemoryLogSink(output, DurableSinkGuarantee.AtLeastOnce));
        await using JobClient client = env.ExecuteDetached("copy");
        await UntilAsync(() => output.All.Count == 10);

        input.Append(2, "late 1");
        input.Append(2, "late 2");

        await UntilAsync(() => output.All.Count == 12);
        Assert.Equal(input.All.Order(StringComparer.Ordinal), output.All.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ShouldEndTheJob_WhenReadingFailsForGood()
    {
        StreamExecutionEnvironment env = Environment(1);
        env.FromSource(new MemoryLogSource(Filled(10), fault: RawFault.FailsForGood)).SinkTo(new DiscardingSink<string>());
        env.Options.RestartStrategy = RestartStrategy.FixedDelay(1, TimeSpan.FromHours(1));

        JobExecutionException failure = await Assert.ThrowsAsync<JobExecutionException>(() => env.ExecuteAsync("copy").WaitAsync(Deadline));

        Assert.Contains("is gone", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldAskInGrowingPauses_WhenNothingIsNew()
    {
        MemoryLog log = new("empty", partitions: 1);
        MemoryLogSource source = new(log, Boundedness.ContinuousUnbounded);
        CountingTime time = new();
        ConnectorContext context = new("job", "source", 0, 1, time, NullLoggerFactory.Instance, CancellationToken.None);
        await using ISourceReader<string> reader = ((ISource<string>)source).CreateReader(context);
        reader.AddSplits([RawSplit.At(new RawPosition("empty", 0, 0))]);
        Lines lines = new();

        await UntilAsync(() => reader.Read(lines, TimeSpan.Zero) == ReadStatus.NothingAvailable && Volatile.Read(ref source.Looks) == 1);
        foreach (int pause in (int[])[10, 20, 40, 80, 160, 320, 640, 1_000, 1_000])
        {
            int looks = source.Looks;
            await UntilAsync(() => time.Timers == looks);
            time.Clock.Advance(TimeSpan.FromMilliseconds(pause - 1));
            Assert.Equal(looks, source.Looks);
            time.Clock.Advance(TimeSpan.FromMilliseconds(1));
            await UntilAsync(() => Volatile.Read(ref source.Looks) > looks);
            Assert.Equal(looks + 1, source.Looks);
        }
    }

    [Fact]
    public async Task ShouldAwaitDeadLetters_BeforeASnapshotAndAtTheEnd()
    {
        MemoryLog log = Filled(4);
        MemoryLogSource source = new(log);
        ConnectorContext context = new("job", "source", 0, 1, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        await using ISplitEnumerator enumerator = ((ISource)source).CreateEnumerator(context);
        await using ISourceReader<string> reader = ((ISource<string>)source).CreateReader(context);
        reader.AddSplits(await enumerator.DiscoverAsync(isInitial: true, CancellationToken.None));
        reader.NotifyNoMoreSplits();

        reader.SnapshotSplits(1);
        Assert.Equal(1, source.Flushes);
        Lines lines = new();
        await UntilAsync(() => reader.Read(lines, TimeSpan.Zero) == ReadStatus.EndOfInput);
        Assert.Equal(2, source.Flushes);
    }

    private static MemoryLog Filled(int count)
    {
        MemoryLog log = new("input", partitions: 2);
        for (int i = 0; i < count; i++)
        {
            log.Append(i % 2, string.Create(CultureInfo.InvariantCulture, $"line {i}"));
        }

        return log;
    }

    private static StreamExecutionEnvironment Copy(MemoryLog input, MemoryLogSink sink, int parallelism)
    {
        StreamExecutionEnvironment env = Environment(parallelism);
        env.FromSource(new MemoryLogSource(input)).SinkTo(sink);
        return env;
    }

    private static StreamExecutionEnvironment Environment(int parallelism) =>
        new(
            new ExecutionOptions
            {
                Parallelism = parallelism,
                CheckpointInterval = TimeSpan.FromMilliseconds(20),
                RestartStrategy = RestartStrategy.FixedDelay(5, TimeSpan.Zero),
            }
        )
        {
            CheckpointStore = new InMemoryObjectStore(),
        };

    private static async Task UntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource deadline = new(Deadline);
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, deadline.Token);
        }
    }

    private sealed class CountingTime : TimeProvider
    {
        private int _timers;

        public ManualTimeProvider Clock { get; } = new();

        public int Timers => Volatile.Read(ref _timers);

        public override long TimestampFrequency => Clock.TimestampFrequency;

        public override long GetTimestamp() => Clock.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => Clock.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            ITimer timer = Clock.CreateTimer(callback, state, dueTime, period);
            Interlocked.Increment(ref _timers);
            return timer;
        }
    }

    private sealed class Lines : ISourceOutput<string>
    {
        public RecordBatch<string> Batch { get; } = new(8);

        public void Emit(string splitId) => Batch.Clear();

        public void ReleaseSplit(string splitId)
        {
            // Nothing ends.
        }
    }
}
