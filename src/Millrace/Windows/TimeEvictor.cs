using Millrace.Time;

namespace Millrace.Windows;

/// <summary>Keeps the records that are not older than a time before the newest one.</summary>
public sealed class TimeEvictor : Evictor
{
    private readonly long _windowSize;
    private readonly bool _after;

    private TimeEvictor(long windowSize, bool after)
    {
        _windowSize = windowSize;
        _after = after;
    }

    /// <summary>Keeps the records whose timestamp is greater than the newest timestamp - <paramref name="windowSize"/>.</summary>
    /// <param name="windowSize">How long.</param>
    /// <param name="evictAfter">Whether to drop after rather than before the window is evaluated.</param>
    public static TimeEvictor Of(TimeSpan windowSize, bool evictAfter = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(windowSize, TimeSpan.Zero);
        return new TimeEvictor((long)windowSize.TotalMilliseconds, evictAfter);
    }

    internal override Evictor<T, TWindow> Bind<T, TWindow>() =>
        new BoundEvictor<T, TWindow>(
            elements =>
            {
                long newest = long.MinValue;
                foreach (TimestampedValue<T> element in elements)
                {
                    newest = Math.Max(newest, element.Timestamp);
                }

                if (newest != long.MinValue)
                {
                    long oldest = EventTime.Subtract(newest, _windowSize);
                    elements.RemoveAll(element => element.Timestamp <= oldest);
                }
            },
            _after
        );
}
