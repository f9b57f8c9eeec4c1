using Millrace.Windows;

namespace Millrace.Samples.Logs;

/// <summary>Merges the paths' statistics of a window into its totals, and keeps the paths most asked for.</summary>
/// <param name="top">How many paths.</param>
internal sealed class TotalsAggregate(int top) : IAggregateFunction<PathStatistics, LogTotals, LogTotals>
{
    private static readonly Comparer<TopPath> MostFirst = Comparer<TopPath>.Create(
        static (a, b) => a.Requests != b.Requests ? b.Requests.CompareTo(a.Requests) : string.CompareOrdinal(a.Path, b.Path)
    );

    public LogTotals CreateAccumulator() => new();

    public LogTotals Add(PathStatistics value, LogTotals accumulator)
    {
        accumulator.All.Merge(value.Requests);
        accumulator.Paths++;
        Insert(accumulator.Top, new TopPath(value.Path, value.Requests.Requests));
        return accumulator;
    }

    public LogTotals GetResult(LogTotals accumulator) => accumulator;

    public LogTotals Merge(LogTotals left, LogTotals right)
    {
        left.All.Merge(right.All);
        left.Paths += right.Paths;
        foreach (TopPath path in right.Top)
        {
            Insert(left.Top, path);
        }

        return left;
    }

    private void Insert(List<TopPath> sorted, TopPath path)
    {
        int at = sorted.BinarySearch(path, MostFirst);
        if (at < 0)
        {
            at = ~at;
        }

        if (at >= top)
        {
            return;
        }

        sorted.Insert(at, path);
        if (sorted.Count > top)
        {
            sorted.RemoveAt(top);
        }
    }
}
