using Microsoft.Extensions.Logging;
using Millrace.Time;

namespace Millrace.Operators;

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
