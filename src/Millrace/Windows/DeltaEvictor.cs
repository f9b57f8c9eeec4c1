namespace Millrace.Windows;

/// <summary>Keeps the records that differ from the last one by less than a threshold.</summary>
public static class DeltaEvictor
{
    /// <summary>Drops the records whose distance to the last one is at least <paramref name="threshold"/>.</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <param name="threshold">The distance.</param>
    /// <param name="delta">Distance of a record (first argument) from the last one (second argument).</param>
    /// <param name="evictAfter">Whether to drop after rather than before the window is evaluated.</param>
    public static Evictor Of<T>(double threshold, Func<T, T, double> delta, bool evictAfter = false)
    {
        ArgumentNullException.ThrowIfNull(delta);
        return new Spec<T>(threshold, delta, evictAfter);
    }

    private sealed class Spec<TSpec>(double threshold, Func<TSpec, TSpec, double> delta, bool after) : Evictor
    {
        internal override Evictor<T, TWindow> Bind<T, TWindow>()
        {
            Func<T, T, double> typed =
                delta as Func<T, T, double>
                ?? throw new InvalidOperationException(
                    $"DeltaEvictor is for {typeof(TSpec)}, but the windowed stream has {typeof(T)}; use a delta of that type."
                );
            return new BoundEvictor<T, TWindow>(
                elements =>
                {
                    if (elements.Count > 0)
                    {
                        T last = elements[^1].Value;
                        elements.RemoveAll(element => typed(element.Value, last) >= threshold);
                    }
                },
                after
            );
        }
    }
}
