using Millrace.Samples.Nexmark.Results;

namespace Millrace.Samples.Nexmark.Functions;

/// <summary>The ranks of prices that the statistics tell apart.</summary>
internal static class PriceRank
{
    private const long Middle = 10_000;
    private const long High = 1_000_000;

    public static int Of(long price) =>
        price < Middle ? 0
        : price < High ? 1
        : 2;

    public static RankedCounts Plus(this in RankedCounts counts, int rank, long total) =>
        rank switch
        {
            0 => counts with { Total = total, Rank1 = counts.Rank1 + 1 },
            1 => counts with { Total = total, Rank2 = counts.Rank2 + 1 },
            _ => counts with { Total = total, Rank3 = counts.Rank3 + 1 },
        };
}
