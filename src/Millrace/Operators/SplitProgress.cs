using Microsoft.Extensions.Logging;
using Millrace.Batches;
using Millrace.Time;

namespace Millrace.Operators;

/// <summary>Event time of one split.</summary>
internal sealed class SplitProgress<T>(string id, IWatermarkGenerator<T> generator, long initialWatermark, SplitGuard? guard = null)
{
    private bool _active;
    private long _activeSince = long.MinValue;
    private long _quiet;

    /// <summary>The split; the instance that its reader uses, for comparison by reference.</summary>
    public string Id { get; set; } = id;

    /// <summary>The split, as errors name it.</summary>
    public RecordSplit? Origin { get; init; }

    public long Watermark { get; private set; } = initialWatermark;

    public bool IsIdle { get; private set; }

    /// <summary>Whether it waits for other splits, for watermark alignment.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Which records may move the watermark; <see langword="null"/> = all.</summary>
    public SplitGuard? Guard => guard;

    /// <summary>Sees a batch; how many of its records are too far ahead to move the watermark.</summary>
    public int OnBatch(ReadOnlySpan<T> values, ReadOnlySpan<long> timestamps)
    {
        _active = true;
        IsIdle = false;
        return guard is null ? Take(values, timestamps) : OnGuarded(guard, values, timestamps);
    }

    public void OnPeriodic(long now, TimeSpan? idleTimeout)
    {
        long watermark = Watermark;
        generator.OnPeriodicEmit(ref watermark);
        Raise(watermark);

        // One that is paused is quiet because it was told to be, and a clock that went back would keep one from ever being quiet.
        if (_active || IsPaused || _activeSince == long.MinValue || now < _activeSince)
        {
            _active = false;
            _activeSince = now;
        }

        _quiet = now - _activeSince;
        IsIdle |= idleTimeout is { } timeout && IsQuiet(timeout);
    }

    /// <summary>Whether no record had come for so long when <see cref="OnPeriodic"/> was called last, nor has since.</summary>
    public bool IsQuiet(TimeSpan time) => !_active && _quiet >= (long)time.TotalMilliseconds && _quiet > 0;

    private int Take(ReadOnlySpan<T> values, ReadOnlySpan<long> timestamps)
    {
        long watermark = Watermark;
        generator.OnBatch(values, timestamps, ref watermark);
        Raise(watermark);
        return 0;
    }

    private int OnGuarded(SplitGuard guard, ReadOnlySpan<T> values, ReadOnlySpan<long> timestamps)
    {
        // What is believed at the batch's start is believed in it too: the limit only rises.
        if (BoundedOutOfOrdernessWatermarks<T>.Max(timestamps) <= guard.BeginBatch(Watermark) && Watermark != long.MinValue)
        {
            guard.Pass(values.Length);
            return Take(values, timestamps);
        }

        // One by one, so that what is believed does not depend on how the split was cut into batches.
        guard.Reserve(values.Length);
        int ahead = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (guard.Believes(i, timestamps[i], Watermark, Id))
            {
                Take(values.Slice(i, 1), timestamps.Slice(i, 1));
            }
            else
            {
                ahead++;
            }
        }

        return ahead;
    }

    private void Raise(long watermark)
    {
        if (watermark > Watermark)
        {
            Watermark = watermark;
        }
    }
}

/// <summary>Decides for one split which of its records may move the watermark.</summary>
internal sealed class SplitGuard(TimestampGuard guard, long lag, TimeProvider time, ILogger logger, string source)
{
    private bool[] _ahead = [];
    private long _clockLimit = long.MaxValue;
    private bool _isLogged;

    /// <summary>Checkpointed.</summary>
    public TimestampVotes Votes { get; private set; }

    /// <summary>
    /// Which records of the batch that was seen last are ahead; valid when <see cref="SplitProgress{T}.OnBatch"/> has counted any.
    /// </summary>
    public ReadOnlySpan<bool> Ahead => _ahead;

    /// <summary>Goes on from what a checkpoint or ledger says.</summary>
    public void Begin(TimestampVotes votes) => Votes = votes;

    /// <summary>Begins a batch; the highest timestamp with which all of it is believed.</summary>
    public long BeginBatch(long watermark)
    {
        _clockLimit = guard.MaxAheadOfClock == long.MaxValue ? long.MaxValue : guard.ClockLimit(time.GetUtcNow().ToUnixTimeMilliseconds());
        return Math.Min(_clockLimit, guard.SplitLimit(Newest(watermark)));
    }

    /// <summary>Counts a batch that is believed as a whole.</summary>
    public void Pass(int records) => Votes = Votes.Without(records);

    /// <summary>Makes room for the marks of a batch.</summary>
    public void Reserve(int count)
    {
        if (_ahead.Length < count)
        {
            _ahead = new bool[count];
        }
    }

    /// <summary>Judges record <paramref name="index"/> of the batch.</summary>
    public bool Believes(int index, long timestamp, long watermark, string split)
    {
        bool believed = Believes(timestamp, Newest(watermark), split);
        _ahead[index] = !believed;
        return believed;
    }

    private bool Believes(long timestamp, long newest, string split)
    {
        if (timestamp > _clockLimit)
        {
            LogOnce(timestamp, newest, "the clock", split);
            return false;
        }

        if (timestamp <= guard.SplitLimit(newest))
        {
            Votes = Votes.Without(1);
            return true;
        }

        Votes = Votes.With(timestamp, guard.MaxAdvance);
        if (Votes.Count < guard.ConfirmedBy)
        {
            LogOnce(timestamp, newest, "its split", split);
            return false;
        }

        Log.SplitJumped(logger, source, split, EventTime.ToText(newest), EventTime.ToText(timestamp), Votes.Count);
        Votes = default;
        _isLogged = false;
        return true;
    }

    private long Newest(long watermark) => watermark == long.MinValue ? watermark : EventTime.Add(watermark, lag);

    private void LogOnce(long timestamp, long newest, string than, string split)
    {
        if (!_isLogged)
        {
            _isLogged = true;
            Log.TimestampAhead(logger, source, split, EventTime.ToText(timestamp), than, EventTime.ToText(newest));
        }
    }
}
