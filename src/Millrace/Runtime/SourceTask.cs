using Millrace.Connectors;
using Millrace.Graph;
using Millrace.Operators.Connectors;

namespace Millrace.Runtime;

/// <summary>A task with a source at its head: reads while it has credit downstream, injects barriers when told.</summary>
internal sealed class SourceTask : StreamTask
{
    private static readonly TimeSpan IdleWait = TimeSpan.FromMilliseconds(10);
    private readonly ISourceDriver _source;
    private readonly long _watermarkInterval;
    private readonly long _bufferTimeout;
    private long _nextWatermark;
    private long _nextFlush;
    private long _nextAlignment;
    private bool _hasSplits;
    private bool _finished;
    private bool _held;
    private bool _dirty;

    public SourceTask(TaskId id, StageInstance stage, InputGate gate, IReadOnlyList<ChannelOutput> outputs, TaskSettings settings)
        : base(id, stage, gate, outputs, settings)
    {
        _source = stage.Source!;
        _watermarkInterval = Ticks(settings.Options.AutoWatermarkInterval);
        _bufferTimeout = Ticks(settings.Options.BufferTimeout);
    }

    protected override bool Work(bool mayWait)
    {
        bool worked = RunCommands() | RunTimers();
        if (IsStopped)
        {
            return true;
        }

        if (!_hasSplits || _finished || _held)
        {
            if (!worked && mayWait)
            {
                Gate.Wait();
            }

            return worked;
        }

        // What is buffered is passed on before the task waits, so an idle source adds no delay.
        bool wait = mayWait && !worked && !_dirty;
        long before = Settings.Time.GetTimestamp();
        ReadStatus status = _source.Read(wait ? IdleWait : TimeSpan.Zero);
        long now = Settings.Time.GetTimestamp();
        Metrics.Watermark = _source.CurrentWatermark;
        switch (status)
        {
            case ReadStatus.MoreAvailable:
                _dirty = true;
                worked = true;
                Metrics.AddBusy(Settings.Time.GetElapsedTime(before, now).Ticks);
                if (now >= _nextFlush)
                {
                    _nextFlush = now + _bufferTimeout;
                    Stage.Flush();
                }

                break;
            case ReadStatus.NothingAvailable:
                Metrics.AddIdle(Settings.Time.GetElapsedTime(before, now).Ticks);
                worked |= FlushIfDirty();
                break;
            default:
                _finished = true;
                worked = true;
                Leave();
                _source.EmitEndOfInput();
                Metrics.Watermark = long.MaxValue;
                FinishInput();
                return true;
        }

        if (now >= _nextWatermark)
        {
            _nextWatermark = now + _watermarkInterval;
            _source.OnPeriodic(ProcessingTime.Now);
            Align(now);
            Metrics.Watermark = _source.CurrentWatermark;
        }

        return worked;
    }

    protected override void OnOpened()
    {
        // Splits come from the coordinator, once all tasks are open.
    }

    protected override void OnCommand(TaskCommand command)
    {
        switch (command)
        {
            case TaskCommand.TriggerCheckpoint trigger:
                TakeSnapshot(trigger.Barrier);
                _held = trigger.HoldAfterwards;
                break;
            case TaskCommand.Resume:
                _held = false;
                break;
            case TaskCommand.AddSplits add:
                _hasSplits = true;
                _source.AddSplits(add.Splits);
                if (add.NoMoreSplits)
                {
                    _source.NotifyNoMoreSplits();
                }

                break;
            default:
                throw new InvalidOperationException($"Source task {Id} cannot carry out {command}.");
        }
    }

    private void Leave()
    {
        if (_source.Alignment is { } alignment)
        {
            Settings.Alignment.Report(alignment.Group, Id, long.MaxValue);
        }
    }

    private void Align(long now)
    {
        if (_source.Alignment is not { } alignment || now < _nextAlignment)
        {
            return;
        }

        _nextAlignment = now + Ticks(alignment.UpdateInterval);
        long lowest = Settings.Alignment.Report(alignment.Group, Id, _source.LowestWatermark);
        long drift = (long)alignment.MaxDrift.TotalMilliseconds;
        _source.PauseSplitsBeyond(lowest > long.MaxValue - drift || lowest == long.MinValue ? long.MaxValue : lowest + drift);
    }

    private bool FlushIfDirty()
    {
        if (!_dirty)
        {
            return false;
        }

        _dirty = false;
        Stage.Flush();
        return true;
    }

    private long Ticks(TimeSpan interval) => (long)(interval.TotalSeconds * Settings.Time.TimestampFrequency);
}
