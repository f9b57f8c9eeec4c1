namespace Millrace.Runtime;

/// <summary>The watermark of one operator input that is fed by several channels: the minimum over those that are not idle
/// (Flink's <c>StatusWatermarkValve</c>).</summary>
internal sealed class WatermarkCombiner
{
    private readonly long[] _watermarks;
    private readonly bool[] _idle;

    public WatermarkCombiner(int channels, long initial)
    {
        _watermarks = new long[channels];
        _idle = new bool[channels];
        Array.Fill(_watermarks, long.MinValue);
        Watermark = initial;
    }

    /// <summary>The combined watermark; only rises.</summary>
    public long Watermark { get; private set; }

    /// <summary>Whether all channels are idle.</summary>
    public bool IsIdle { get; private set; }

    /// <summary>A channel's watermark has risen. Returns whether the combined one has.</summary>
    public bool Advance(int channel, long watermark)
    {
        if (watermark <= _watermarks[channel])
        {
            return false;
        }

        _watermarks[channel] = watermark;
        return Combine();
    }

    /// <summary>A channel has gone idle or active. Returns whether the combined watermark has risen.</summary>
    public bool SetIdle(int channel, bool idle)
    {
        _idle[channel] = idle;
        IsIdle = Array.TrueForAll(_idle, static i => i);
        return Combine();
    }

    private bool Combine()
    {
        long minimum = long.MaxValue;
        bool any = false;
        for (int i = 0; i < _watermarks.Length; i++)
        {
            if (!_idle[i])
            {
                any = true;
                minimum = Math.Min(minimum, _watermarks[i]);
            }
        }

        if (!any || minimum <= Watermark)
        {
            return false;
        }

        Watermark = minimum;
        return true;
    }
}
