using System.Globalization;
using Microsoft.Extensions.Logging;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Serialization;
using Millrace.StateBackends;
using Millrace.Time;

namespace Millrace.Operators;

/// <summary>Event- and processing-time timers of an operator, per key and namespace (Flink's <c>InternalTimerService</c>).</summary>
internal sealed class InternalTimerService<TKey, TNamespace> : IProcessingTimeCallback
    where TKey : notnull
    where TNamespace : struct
{
    /// <summary>What the names of the sections of event-time timers end with.</summary>
    public const string EventTimersSuffix = "/event-timers";

    /// <summary>What the names of the sections of processing-time timers end with.</summary>
    public const string ProcessingTimersSuffix = "/processing-timers";

    private readonly OperatorContext _context;
    private readonly IProcessingTimeService _time;
    private readonly ITriggerable<TKey, TNamespace> _target;
    private readonly Timers<TKey, TNamespace> _event;
    private readonly Timers<TKey, TNamespace> _processing;
    private EndlessTimers? _end;
    private long _armedFor = long.MaxValue;

    public InternalTimerService(
        string name,
        KeyContext<TKey> keys,
        TypeSerializer<TNamespace> namespaces,
        OperatorContext context,
        ITriggerable<TKey, TNamespace> target,
        ISnapshotReader? restored
    )
    {
        _context = context;
        _time = context.ProcessingTime;
        _target = target;
        IStateStore? store = context.StateStore?.Invoke();
        _event = Timers<TKey, TNamespace>.Create(name + EventTimersSuffix, keys, namespaces, store);
        _processing = Timers<TKey, TNamespace>.Create(name + ProcessingTimersSuffix, keys, namespaces, store);
        if (restored is not null)
        {
            _event.Restore(restored);
            _processing.Restore(restored);
            Arm();
        }
    }

    public long CurrentWatermark { get; private set; } = long.MinValue;

    public long CurrentProcessingTime => _time.Now;

    public long EventTimers => _event.Count;

    /// <summary>What keeps the end of input from being reached; read by any thread.</summary>
    public ConnectorWait? Waiting => Volatile.Read(ref _end)?.Waiting;

    public void RegisterEventTimeTimer(TNamespace space, long timestamp) => _event.Register(space, timestamp);

    public void DeleteEventTimeTimer(TNamespace space, long timestamp) => _event.Delete(space, timestamp);

    public void RegisterProcessingTimeTimer(TNamespace space, long timestamp)
    {
        _processing.Register(space, timestamp);
        Arm();
    }

    public void DeleteProcessingTimeTimer(TNamespace space, long timestamp) => _processing.Delete(space, timestamp);

    /// <summary>Fires all event-time timers up to the watermark, in order of time, also those that are set meanwhile.</summary>
    public void AdvanceWatermark(long watermark)
    {
        CurrentWatermark = watermark;
        if (watermark == long.MaxValue)
        {
            FireToTheEnd();
            return;
        }

        while (_event.TryTake(watermark, out TimerKey<TKey, TNamespace> timer))
        {
            _target.OnEventTimer(timer.Timestamp, timer.Key, timer.Namespace);
        }
    }

    public void OnProcessingTime(long timestamp)
    {
        _armedFor = long.MaxValue;
        while (_processing.TryTake(timestamp, out TimerKey<TKey, TNamespace> timer))
        {
            _target.OnProcessingTimer(timer.Timestamp, timer.Key, timer.Namespace);
        }

        Arm();
    }

    public void Snapshot(ISnapshotWriter writer)
    {
        _event.Snapshot(writer);
        _processing.Snapshot(writer);
    }

    /// <summary>
    /// The input has ended, and with it event time: all timers fire, and those that they set. A function that sets a timer each time one
    /// fires never comes to an end, as in Flink.
    /// </summary>
    private void FireToTheEnd()
    {
        EndlessTimers watch = new(_context, _event.Count);
        Volatile.Write(ref _end, watch);
        while (_event.TryTake(long.MaxValue, out TimerKey<TKey, TNamespace> timer))
        {
            _target.OnEventTimer(timer.Timestamp, timer.Key, timer.Namespace);
            watch.OnFired(timer.Timestamp);
        }

        Volatile.Write(ref _end, null);
    }

    private void Arm()
    {
        if (_processing.TryPeek(out long next) && next < _armedFor)
        {
            _armedFor = next;
            _time.Register(next, this);
        }
    }
}

/// <summary>
/// Watches the timers that fire after the end of input: says so when they set each other for long, and lets the job be cancelled all the
/// same.
/// </summary>
internal sealed class EndlessTimers(OperatorContext context, long waiting)
{
    /// <summary>After how long it is said.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const int Interval = 1024;
    private readonly long _started = context.TimeProvider.GetTimestamp();
    private ConnectorWait? _waiting;
    private long _fired;

    /// <summary>What goes on; <see langword="null"/> as long as it may well end. Read by any thread.</summary>
    public ConnectorWait? Waiting => Volatile.Read(ref _waiting);

    public void OnFired(long timestamp)
    {
        if (++_fired % Interval == 0)
        {
            Look(timestamp);
        }
    }

    private void Look(long timestamp)
    {
        context.CancellationToken.ThrowIfCancellationRequested();
        TimeSpan elapsed = context.TimeProvider.GetElapsedTime(_started);
        if (elapsed < Patience || _fired <= waiting)
        {
            return;
        }

        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"the input has ended {elapsed.TotalSeconds:F0} s ago, but event-time timers go on setting others: {_fired} have fired, "
                + $"{waiting} were set, the last one for {EventTime.ToText(timestamp)}"
        );
        if (_waiting is null)
        {
            Log.TimersNeverEnd(context.LoggerFactory.CreateLogger<EndlessTimers>(), context.Name, context.Uid, context.TaskIndex, text);
        }

        Volatile.Write(
            ref _waiting,
            new ConnectorWait($"the end of '{context.Name}', task {context.TaskIndex}", text, context.TimeProvider.GetUtcNow() - elapsed)
        );
    }
}

/// <summary>Told when timers are due, with the key context set to the timer's key.</summary>
internal interface ITriggerable<TKey, TNamespace>
{
    void OnEventTimer(long timestamp, TKey key, TNamespace space);

    void OnProcessingTimer(long timestamp, TKey key, TNamespace space);
}
