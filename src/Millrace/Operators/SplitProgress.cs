using Millrace.Time;

namespace Millrace.Operators;

/// <summary>Event time of one split.</summary>
internal sealed class SplitProgress<T>(string id, IWatermarkGenerator<T> generator, long initialWatermark)
{
    private bool _active;
    private long _activeSince = long.MinValue;

    /// <summary>The split; the instance that its reader uses, for comparison by reference.</summary>
    public string Id { get; set; } = id;

    public long Watermark { get; private set; } = initialWatermark;

    public bool IsIdle { get; private set; }

    /// <summary>Whether it waits for other splits, for watermark alignment.</summary>
    public bool IsPaused { get; set; }

    public void OnBatch(ReadOnlySpan<T> values, ReadOnlySpan<long> timestamps)
    {
        _active = true;
        IsIdle = false;
        long watermark = Watermark;
        generator.OnBatch(values, timestamps, ref watermark);
        Raise(watermark);
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

    private void Raise(long watermark)
    {
        if (watermark > Watermark)
        {
            Watermark = watermark;
        }
    }
}
