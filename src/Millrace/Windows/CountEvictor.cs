namespace Millrace.Windows;

/// <summary>Keeps a number of records, dropping the first ones.</summary>
public sealed class CountEvictor : Evictor
{
    private readonly long _maxCount;
    private readonly bool _after;

    private CountEvictor(long maxCount, bool after)
    {
        _maxCount = maxCount;
        _after = after;
    }

    /// <summary>Keeps the last records.</summary>
    /// <param name="maxCount">How many.</param>
    /// <param name="evictAfter">Whether to drop after rather than before the window is evaluated.</param>
    public static CountEvictor Of(long maxCount, bool evictAfter = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxCount);
        return new CountEvictor(maxCount, evictAfter);
    }

    internal override Evictor<T, TWindow> Bind<T, TWindow>() =>
        new BoundEvictor<T, TWindow>(
            elements =>
            {
                if (elements.Count > _maxCount)
                {
                    elements.RemoveRange(0, (int)(elements.Count - _maxCount));
                }
            },
            _after
        );
}
