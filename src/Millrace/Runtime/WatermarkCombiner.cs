namespace Millrace.Runtime;

/// <summary>
/// The watermark of one operator input that is fed by several channels: the minimum over those that are aligned (Flink's
/// <c>StatusWatermarkValve</c>). A channel that goes idle is left out; when it is active again it stays out until its own watermark has
/// caught up with what was emitted without it, so that it holds nobody back. What it brings meanwhile may be late.
/// </summary>
internal sealed class WatermarkCombiner
{
    private readonly long[] _watermarks;
    private readonly bool[] _idle;
    private readonly bool[] _aligned;

    public WatermarkCombiner(int channels, long initial)
    {
        _watermarks = new long[channels];
        _idle = new bool[channels];
        _aligned = new bool[channels];
        Array.Fill(_watermarks, long.MinValue);

        // Behind a restored watermark too: every channel has to speak before it rises.
        Array.Fill(_aligned, true);
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
        _aligned[channel] |= !_idle[channel] && watermark >= Watermark;
        return Combine();
    }

    /// <summary>A channel has gone idle or active. Returns whether the combined watermark has risen.</summary>
    public bool SetIdle(int channel, bool idle)
    {
        if (_idle[channel] == idle)
        {
            return false;
        }

        _idle[channel] = idle;
        _aligned[channel] = !idle && _watermarks[channel] >= Watermark;
        IsIdle = Array.TrueForAll(_idle, static i => i);

        // Nobody is left to wait for: what the furthest channel has said holds.
        return IsIdle ? Raise(_watermarks.Max()) : Combine();
    }

    private bool Combine()
    {
        long minimum = long.MaxValue;
        bool any = false;
        for (int i = 0; i < _watermarks.Length; i++)
        {
            if (_aligned[i])
            {
                any = true;
                minimum = Math.Min(minimum, _watermarks[i]);
            }
        }

        return any && Raise(minimum);
    }

    private bool Raise(long watermark)
    {
        if (watermark <= Watermark)
        {
            return false;
        }

        Watermark = watermark;
        return true;
    }
}
