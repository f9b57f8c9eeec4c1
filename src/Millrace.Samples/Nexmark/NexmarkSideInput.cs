using System.Collections.Frozen;
using System.Globalization;

namespace Millrace.Samples.Nexmark;

/// <summary>
/// The bounded table that query 13 joins: 10,000 rows of a number and the same number as text, as the benchmark's generator writes it.
/// </summary>
public static class NexmarkSideInput
{
    /// <summary>Number of rows; bids are joined by the number of their auction modulo this.</summary>
    public const int Rows = 10_000;

    /// <summary>The rows.</summary>
    public static FrozenDictionary<long, string> Table { get; } =
        Enumerable.Range(0, Rows).ToFrozenDictionary(row => (long)row, row => row.ToString(CultureInfo.InvariantCulture));
}
