using Millrace.Batches;
using Millrace.Time;

namespace Millrace.Operators;

/// <summary>Event time of one split.</summary>
internal sealed class SplitProgress<T>(string id, IWatermarkGenerator<T> generator, long initialWatermark, SplitGuard? guard = null)
{
    private bool _active;
    private long _activeSince = long.MinValue;

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
        if (idleTimeout is not { } timeout)
        {
            return;
        }

        if (_active || _activeSince == long.MinValue)
        {
            _active = false;
            _activeSince = now;
        }
        else if (IsPaused)
        {
            // It is quiet because it was told to be.
            _activeSince = now;
        }
        else if (now - _activeSince >= (long)timeout.TotalMilliseconds)
        {
            IsIdle = true;
        }
    }

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
