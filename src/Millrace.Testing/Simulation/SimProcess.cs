using Microsoft.Extensions.Logging;
using Millrace.Durable.Apps;
using Millrace.Durable.Tasks;
using Millrace.Scheduling;

namespace Millrace.Testing.Simulation;

/// <summary>One process of the app: the product's own jobs, on simulated services. Its memory dies with it.</summary>
internal sealed class SimProcess
{
    private readonly SimWorld _world;

    public SimProcess(SimWorld world, string name)
    {
        _world = world;
        Name = name;
        HasReversedTopics = world.HasReversedTopics;
        Clock = new SimClock(world, this);
        Client = new SimEntityClient(world, this);
        Job = world.Job.Build(this, world);
        Jobs = new AppJobs(
            [Job],
            new SimStore(world, this),
            world.Shape.Options with
            {
                MaxStateBytes = world.Shape.MaxStateBytes,
            },
            new DurableServices(Clock, new SimLogs(world, this), CancellationToken.None)
            {
                Execution = Execution.InPlace,
                NewId = world.NewId,
                Protocol = new() { Guards = world.Guards, MaxHeldBackBytes = world.Shape.MaxHeldBackBytes },
                CreateTopicReader = (_, context) => new SimTopicReader(world, this, context.OperatorUid),
                CreateSender = (_, context) => new SimSender(world, this, context),
            },
            world.KeepsLedgersInTable ? new SimLedgerStore(world, this) : null
        );
    }

    public string Name { get; }

    /// <summary>Whether its version of the app lists topics in the other order.</summary>
    public bool HasReversedTopics { get; }

    public bool IsAlive { get; set; } = true;

    /// <summary>Replies and timers reach the process only after this time.</summary>
    public long PausedUntil { get; set; }

    public SimClock Clock { get; }

    public AppJob Job { get; }

    public AppJobs Jobs { get; }

    public SimEntityClient Client { get; }

    public override string ToString() => Name;

    /// <summary>Called by the job's own functions.</summary>
    /// <exception cref="SimFaultException">By chance.</exception>
    public void OnRecord()
    {
        if (_world.Faults.Fires(SimulatedFault.OperationThrows))
        {
            throw new SimFaultException("user code threw");
        }
    }
}

/// <summary>The clock of one process. Its date may jump; its timestamps only rise.</summary>
internal sealed class SimClock(SimWorld world, SimProcess process) : TimeProvider
{
    // The product's first incarnation comes from the clock, in seconds since 2020.
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public long Offset { get; set; }

    public override long TimestampFrequency => 1000;

    public override long GetTimestamp() => world.Scheduler.Now;

    public override DateTimeOffset GetUtcNow() => Begin.AddMilliseconds(world.Scheduler.Now + Offset);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Timer timer = new(world, process, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(SimWorld world, SimProcess process, Action callback) : ITimer
    {
        private int _setting;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            int setting = ++_setting;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                world.After(process, (long)Math.Ceiling(dueTime.TotalMilliseconds), () => Fire(setting, period));
            }

            return true;
        }

        public void Dispose() => _setting++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire(int setting, TimeSpan period)
        {
            if (setting != _setting)
            {
                return;
            }

            if (period != Timeout.InfiniteTimeSpan)
            {
                world.After(process, (long)Math.Ceiling(period.TotalMilliseconds), () => Fire(setting, period));
            }

            callback();
        }
    }
}

/// <summary>What the product logs: lines of the trace, and counts of what the faults led to.</summary>
internal sealed class SimLogs(SimWorld world, SimProcess process) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
        // There is but one reader of a trace.
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        world.Observe(eventId.Name ?? "");
        if (eventId.Name == "EnvelopeRefused" || (eventId.Name == "SuspendedForGood" && !world.IsTopicRecreated))
        {
            world.Violate($"{formatter(state, exception)} {exception?.Message}");
        }

        if (world.Trace.IsKept)
        {
            string why = exception is null ? "" : $" ({exception.GetType().Name}: {exception.Message})";
            world.Trace.Add(process, formatter(state, exception) + why);
        }
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}
