using System.Runtime.CompilerServices;
using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Copying;
using Millrace.Errors;
using Millrace.Serialization;
using Millrace.StateBackends;
using Millrace.Time;
using Millrace.Windows;

namespace Millrace.Operators.Windows;

/// <summary>
/// Windows of any kind, with triggers, evictors and merging (Flink's <c>WindowOperator</c>): contents per key and window, a timer per key
/// and window. Tumbling and sliding event-time windows with the default trigger run in
/// <see cref="AlignedWindowOperator{TKey, TIn, TAcc, TResult, TOut}"/>, which is far faster.
/// </summary>
internal sealed class WindowOperator<TKey, TIn, TAcc, TResult, TOut, TWindow>(
    WindowOperatorSpec<TKey, TIn, TAcc, TResult, TOut, TWindow> spec
) : KeyedRecordOperator<TKey, TIn, TOut>, ITriggerable<TKey, TWindow>
    where TKey : notnull
    where TWindow : struct, IWindow
{
    // Configuration.
    private readonly WindowAssigner<TIn, TWindow> _assigner = spec.Assigner;
    private readonly Trigger<TIn, TWindow> _trigger = spec.Trigger;
    private readonly WindowContents<TIn, TAcc, TResult, TWindow> _contents = spec.Contents;
    private readonly WindowFunction<TKey, TWindow, TResult, TOut> _function = spec.CreateFunction();
    private readonly long _allowedLateness = spec.AllowedLateness;

    // Checkpointed.
    private KeyedRuntime<TKey> _runtime = null!;
    private InternalTimerService<TKey, TWindow> _timers = null!;
    private StateTable<TKey, TWindow, TAcc> _state = null!;
    private MergingWindowSet<TKey>? _sessions;

    // Not checkpointed.
    private readonly List<TWindow> _assigned = [];
    private TriggerContext<TKey, TWindow> _triggerContext = null!;
    private WindowFunctionContext<TKey, TWindow> _functionContext = null!;
    private OperatorCollector<TOut> _collector = null!;
    private OperatorOutput<TIn>? _late;
    private long _lateDropped;

    // A record in several windows has a copy in each further one: what a function does to it in one is not seen in another.
    private ObjectCopier? _copier;

    /// <summary>Number of keys and windows that have contents.</summary>
    public override long OpenWindows => _state?.Count ?? 0;

    public override ConnectorWait? Waiting => _timers?.Waiting;

    /// <summary>Records that belonged to no open window any more and that no side output took.</summary>
    public long LateRecordsDropped => _lateDropped;

    public override void Open(ISnapshotReader? restored)
    {
        _copier = Context.ReusesObjects || ObjectCopier.IsNeedless<TIn>() ? null : new ObjectCopier();
        _runtime = new KeyedRuntime<TKey>(Context, spec.Hasher, spec.KeySerializer, restored);
        TypeSerializer<TWindow> windows = TypeSerializers.For<TWindow>();
        _timers = new InternalTimerService<TKey, TWindow>("window", _runtime.Keys, windows, Context, this, restored);
        _state = _runtime.Backend.CreateTable("window-contents", windows, spec.ContentsSerializer);
        if (_assigner.IsMerging)
        {
            _sessions = new MergingWindowSet<TKey>(
                _runtime.Backend.CreateTable(
                    "merging-window-set",
                    TypeSerializers.For<VoidNamespace>(),
                    TypeSerializers.For<List<WindowPair<TimeWindow>>>()
                )
            );
        }

        _triggerContext = new TriggerContext<TKey, TWindow>(
            _timers,
            new KeyedStateStore<TKey, TWindow>(_runtime.Backend, "trigger", windows)
        );
        _functionContext = new WindowFunctionContext<TKey, TWindow>(
            _timers,
            _runtime.Backend.Global,
            _assigner.IsMerging ? null : new KeyedStateStore<TKey, TWindow>(_runtime.Backend, "window-state", windows),
            SideOutputs
        );
        _collector = new OperatorCollector<TOut>(Output);
        _late = spec.LateTag is null ? null : SideOutputs.Find<TIn>(spec.LateTag);
        _function.Open(_runtime.CreateContext());
    }

    protected override void TakeFrom(int row, KeyedBatch<TKey, TIn> batch)
    {
        ReadOnlySpan<TIn> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        ReadOnlySpan<TKey> keys = batch.Keys;
        ReadOnlySpan<uint> hashes = batch.Hashes;
        for (int i = row; i < values.Length; i++)
        {
            Row = i;
            _runtime.Keys.Set(keys[i], hashes[i]);
            Process(values[i], timestamps[i]);
        }
    }

    public override void OnWatermark(long watermark)
    {
        _timers.AdvanceWatermark(watermark);
        EmitWatermark(watermark);
    }

    public void OnEventTimer(long timestamp, TKey key, TWindow space) => OnTimer(timestamp, space, isEventTime: true);

    public void OnProcessingTimer(long timestamp, TKey key, TWindow space)
    {
        OnTimer(timestamp, space, isEventTime: false);
        EmitBuffered();
    }

    public override void Snapshot(long checkpointId, ISnapshotWriter writer)
    {
        _runtime.Backend.Snapshot(writer);
        _timers.Snapshot(writer);
    }

    public override void Dispose()
    {
        _function.Close();
        base.Dispose();
    }

    private void Process(TIn value, long timestamp)
    {
        _assigned.Clear();
        _assigner.AssignWindows(value, timestamp, _timers.CurrentProcessingTime, _assigned);
        bool skipped = true;
        foreach (TWindow assigned in _assigned)
        {
            TWindow window = assigned;
            TWindow stateWindow = assigned;
            if (_sessions is { } sessions)
            {
                window = Merge(sessions, assigned, out stateWindow);
            }

            if (IsLate(window))
            {
                _sessions?.Retire(AsTime(window));
                continue;
            }

            TIn own = skipped || _copier is null ? value : _copier.Copy(value);
            skipped = false;
            AddTo(window, stateWindow, own, timestamp);
            RegisterCleanupTimer(window);
        }

        if (
            skipped
            && _assigner.IsEventTime
            && (_assigned.Count > 0 || EventTime.Add(timestamp, _allowedLateness) <= _timers.CurrentWatermark)
        )
        {
            OnLate(value, timestamp);
        }
    }

    private void AddTo(TWindow window, TWindow stateWindow, TIn value, long timestamp)
    {
        ref TAcc contents = ref _state.GetOrAdd(stateWindow, out bool exists);
        try
        {
            _contents.Add(ref contents, exists, value, timestamp);
        }
        catch when (!exists)
        {
            // A record that is left out must not leave a window without contents.
            _state.Remove(stateWindow);
            _sessions?.Retire(AsTime(window));
            throw;
        }
        catch
        {
            // It may have made a session longer, which lost its timer by that.
            RegisterCleanupTimer(window);
            throw;
        }

        _triggerContext.Window = window;
        Apply(_trigger.OnElement(value, timestamp, window, _triggerContext), window, stateWindow);
    }

    private TWindow Merge(MergingWindowSet<TKey> sessions, TWindow assigned, out TWindow stateWindow)
    {
        TimeWindow result = sessions.Add(AsTime(assigned), out TimeWindow kept, out bool changed);
        stateWindow = FromTime(kept);
        TWindow window = FromTime(result);
        if (!changed)
        {
            return window;
        }

        if (_assigner.IsEventTime ? IsLate(window) : window.MaxTimestamp <= _timers.CurrentProcessingTime)
        {
            ThrowMergedIntoPast(window);
        }

        // Only time windows merge, so the list is one of TWindow.
        List<TWindow> merged = (List<TWindow>)(object)sessions.Merged;
        _triggerContext.Window = window;
        _triggerContext.Merged = merged;
        _trigger.OnMerge(window, _triggerContext);
        foreach (TWindow old in merged)
        {
            if (!EqualityComparer<TWindow>.Default.Equals(old, window))
            {
                _triggerContext.Window = old;
                _trigger.Clear(old, _triggerContext);
                DeleteCleanupTimer(old);
            }
        }

        foreach (TimeWindow source in sessions.MergedStates)
        {
            MergeContents(stateWindow, FromTime(source));
        }

        return window;
    }

    private void MergeContents(TWindow target, TWindow source)
    {
        ref TAcc found = ref _state.Find(source);
        if (Unsafe.IsNullRef(ref found))
        {
            return;
        }

        TAcc moved = found;
        _state.Remove(source);
        ref TAcc contents = ref _state.GetOrAdd(target, out bool exists);
        contents = exists ? _contents.Merge(contents, moved) : moved;
    }

    private void OnTimer(long time, TWindow window, bool isEventTime)
    {
        TWindow stateWindow = window;
        if (_sessions is { } sessions)
        {
            if (!sessions.TryGetStateWindow(AsTime(window), out TimeWindow kept))
            {
                // The session has been merged into another one since.
                return;
            }

            stateWindow = FromTime(kept);
        }

        _triggerContext.Window = window;
        int before = Output.Buffered;
        try
        {
            Apply(
                isEventTime
                    ? _trigger.OnEventTime(time, window, _triggerContext)
                    : _trigger.OnProcessingTime(time, window, _triggerContext),
                window,
                stateWindow
            );
        }
        catch (Exception failure) when (IsOwn(failure))
        {
            LeaveOutResult(
                failure,
                "a window",
                _runtime.Keys.Key,
                $"window {window}",
                ContentsOf(stateWindow),
                window.MaxTimestamp,
                before
            );
        }

        if (_assigner.IsEventTime == isEventTime && time == CleanupTime(window))
        {
            Clean(window, stateWindow);
        }
    }

    private void Apply(TriggerResult decision, TWindow window, TWindow stateWindow)
    {
        try
        {
            if ((decision & TriggerResult.Fire) != TriggerResult.Continue)
            {
                Fire(window, stateWindow);
            }
        }
        finally
        {
            if ((decision & TriggerResult.Purge) != TriggerResult.Continue)
            {
                _state.Remove(stateWindow);
            }
        }
    }

    private void Fire(TWindow window, TWindow stateWindow)
    {
        ref TAcc found = ref _state.Find(stateWindow);
        if (Unsafe.IsNullRef(ref found))
        {
            return;
        }

        TAcc contents = found;
        EvictorContext context = new(_timers.CurrentWatermark, _timers.CurrentProcessingTime);
        if (_contents.TryEvaluate(contents, window, context, out TResult result))
        {
            _functionContext.Window = window;
            _collector.Timestamp = window.MaxTimestamp;
            _function.Process(_runtime.Keys.Key, window, result, _functionContext, _collector);
        }

        if (!_contents.AfterEvaluation(contents, window, context))
        {
            _state.Remove(stateWindow);
        }
    }

    private TAcc? ContentsOf(TWindow stateWindow)
    {
        ref TAcc found = ref _state.Find(stateWindow);
        return Unsafe.IsNullRef(ref found) ? default : found;
    }

    private void Clean(TWindow window, TWindow stateWindow)
    {
        _state.Remove(stateWindow);
        _triggerContext.Window = window;
        _trigger.Clear(window, _triggerContext);
        _functionContext.Window = window;
        _function.Clear(_functionContext);
        _sessions?.Retire(AsTime(window));
    }

    private bool IsLate(TWindow window) => _assigner.IsEventTime && CleanupTime(window) <= _timers.CurrentWatermark;

    /// <summary>When a window is dropped: when nothing that comes can change it any more.</summary>
    private long CleanupTime(TWindow window) =>
        _assigner.IsEventTime ? EventTime.Add(window.MaxTimestamp, _allowedLateness) : window.MaxTimestamp;

    private void RegisterCleanupTimer(TWindow window)
    {
        long time = CleanupTime(window);
        if (time == long.MaxValue)
        {
            return;
        }

        if (_assigner.IsEventTime)
        {
            _timers.RegisterEventTimeTimer(window, time);
        }
        else
        {
            _timers.RegisterProcessingTimeTimer(window, time);
        }
    }

    private void DeleteCleanupTimer(TWindow window)
    {
        if (_assigner.IsEventTime)
        {
            _timers.DeleteEventTimeTimer(window, CleanupTime(window));
        }
        else
        {
            _timers.DeleteProcessingTimeTimer(window, CleanupTime(window));
        }
    }

    private void OnLate(TIn value, long timestamp)
    {
        if (_late is not null)
        {
            _late.Collect(value, timestamp);
        }
        else
        {
            _lateDropped++;
        }
    }

    private static TimeWindow AsTime(TWindow window) => Unsafe.BitCast<TWindow, TimeWindow>(window);

    private static TWindow FromTime(TimeWindow window) => Unsafe.BitCast<TimeWindow, TWindow>(window);

    private void ThrowMergedIntoPast(TWindow window) =>
        throw new WrongJobException(
            $"Window operator '{Context.Name}' merged windows into {window}, which is already past at "
                + $"{(_assigner.IsEventTime ? $"watermark {_timers.CurrentWatermark}" : $"time {_timers.CurrentProcessingTime}")}; "
                + "a session may not end earlier than the time. Check the session gap and the watermark strategy."
        );
}
