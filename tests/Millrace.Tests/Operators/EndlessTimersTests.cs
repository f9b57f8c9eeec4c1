using Microsoft.Extensions.Logging;
using Millrace.Operators;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.Testing;
using Millrace.Tests.Checkpoints;
using Xunit;

namespace Millrace.Tests.Operators;

/// <summary>A timer that sets itself again whenever it fires never ends; the engine fires on, as Flink does, but says so.</summary>
public sealed class EndlessTimersTests : ILoggerFactory
{
    private readonly ListLogger _logger = new();
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void ShouldWarnOnceAndGoOn_WhenTimersSetEachOtherAfterTheEndOfInput()
    {
        Again target = new(times: 10_000, _clock, TimeSpan.FromMilliseconds(10));
        InternalTimerService<long, VoidNamespace> timers = Create(target, default);

        timers.AdvanceWatermark(long.MaxValue);

        Assert.Contains(
            "Operator 'alarms' ('alarms-1'), task 0: the input has ended 31 s ago",
            Assert.Single(_logger.Messages),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "event-time timers go on setting others: 3072 have fired, 1 were set",
            Assert.Single(_logger.Messages),
            StringComparison.Ordinal
        );
        Assert.Equal(10_001, target.Fired);
        Assert.NotNull(target.Waiting);
        Assert.Null(timers.Waiting);
    }

    [Fact]
    public void ShouldSayNothing_WhenManyTimersFireForLong()
    {
        Again target = new(times: 0, _clock, TimeSpan.FromMilliseconds(10));
        InternalTimerService<long, VoidNamespace> timers = Create(target, default, waiting: 10_000);

        timers.AdvanceWatermark(long.MaxValue);

        Assert.Equal(10_000, target.Fired);
        Assert.Empty(_logger.Messages);
    }

    [Fact]
    public void ShouldEnd_WhenTheJobIsCancelledMeanwhile()
    {
        using CancellationTokenSource cancellation = new();
        cancellation.Cancel();

        // They end by themselves some time, so that a job that cannot be cancelled is told from one that hangs.
        Again target = new(times: 100_000, _clock, TimeSpan.Zero);
        InternalTimerService<long, VoidNamespace> timers = Create(target, cancellation.Token);

        Assert.Throws<OperationCanceledException>(() => timers.AdvanceWatermark(long.MaxValue));
    }

    public ILogger CreateLogger(string categoryName) => _logger;

    void ILoggerFactory.AddProvider(ILoggerProvider provider) => throw new NotSupportedException("The test has one logger.");

    public void Dispose()
    {
        // Nothing to free.
    }

    private InternalTimerService<long, VoidNamespace> Create(Again target, CancellationToken cancellationToken, int waiting = 1)
    {
        OperatorContext context = new("job", "alarms-1", "alarms", 0, 1, 8, 16, _clock, new ManualTime(), this, cancellationToken);
        KeyContext<long> keys = new(KeyHashers.For<long>(), TypeSerializers.For<long>(), context.KeyGroupRange, context.MaxParallelism);
        InternalTimerService<long, VoidNamespace> timers = new(
            "user",
            keys,
            TypeSerializers.For<VoidNamespace>(),
            context,
            target,
            restored: null
        );
        target.Timers = timers;
        keys.Set(1, KeyHashers.For<long>().Hash(1));
        for (int i = 0; i < waiting; i++)
        {
            timers.RegisterEventTimeTimer(default, i);
        }

        return timers;
    }

    private sealed class Again(int times, ManualTimeProvider clock, TimeSpan perTimer) : ITriggerable<long, VoidNamespace>
    {
        public InternalTimerService<long, VoidNamespace> Timers { get; set; } = null!;

        public int Fired { get; private set; }

        public Millrace.Connectors.ConnectorWait? Waiting { get; private set; }

        public void OnEventTimer(long timestamp, long key, VoidNamespace space)
        {
            clock.Advance(perTimer);
            Waiting = Timers.Waiting;
            if (Fired++ < times)
            {
                Timers.RegisterEventTimeTimer(default, timestamp + 1000);
            }
        }

        public void OnProcessingTimer(long timestamp, long key, VoidNamespace space) =>
            throw new NotSupportedException("The test sets none.");
    }
}
