using Millrace.Patterns;
using Millrace.Samples.Nexmark;
using Millrace.Samples.Nexmark.Results;
using Xunit;

namespace Millrace.Embedded.Tests.Nexmark;

/// <summary>
/// The queries with patterns, against loops over the bids of each person for each auction. One event per millisecond: the order of a
/// person's bids is that of their times.
/// </summary>
public sealed class PatternQueryTests
{
    private static readonly NexmarkRun Run = new(30_000, eventsPerSecond: 1_000);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldFindDeclines_WhenQueryIs0(int parallelism)
    {
        List<PriceDecline> expected = [];
        foreach (Bid[] bids in BidsPerPersonAndAuction())
        {
            int start = 0;
            while (start < bids.Length)
            {
                int last = start;
                while (last + 1 < bids.Length && bids[last + 1].Price < bids[last].Price)
                {
                    last++;
                }

                bool isMatch = last - start >= 2 && last + 1 < bids.Length && bids[last + 1].Price > bids[last - 1].Price;
                if (isMatch)
                {
                    expected.Add(
                        new PriceDecline(
                            bids[start].Auction,
                            bids[start].Bidder,
                            bids[start].DateTime,
                            bids[last].DateTime,
                            bids[last + 1].DateTime
                        )
                    );
                }

                start = isMatch ? last + 1 : start + 1;
            }
        }

        NexmarkRun.AssertSame(expected, await Run.RunAsync(NexmarkQueries.PriceDeclines, parallelism, parallelism));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    [InlineData(2, 1)]
    [InlineData(2, 3)]
    public async Task ShouldFindPeriodsOfLowPrices_WhenQueryIs1Or2(int query, int parallelism)
    {
        List<LowPricePeriod> expected = [];
        foreach (Bid[] bids in BidsPerPersonAndAuction())
        {
            int start = 0;
            while (start < bids.Length)
            {
                int count = 0;
                while (start + count < bids.Length && bids.Skip(start).Take(count + 1).Average(bid => bid.Price) < 10_000)
                {
                    count++;
                }

                // A period that has not ended with the events holds back those that began later.
                if (count > 0 && start + count == bids.Length)
                {
                    break;
                }

                bool isMatch = count > 0;
                if (isMatch)
                {
                    expected.Add(
                        new LowPricePeriod(
                            bids[start].Auction,
                            bids[start].Bidder,
                            bids[start].DateTime,
                            bids[start + count - 1].DateTime,
                            bids.Skip(start).Take(count).Sum(bid => bid.Price) / count
                        )
                    );
                }

                start = isMatch && query == 1 ? start + count + 1 : start + 1;
            }
        }

        AfterMatchSkipStrategy strategy = query == 1 ? AfterMatchSkipStrategy.SkipPastLastEvent() : AfterMatchSkipStrategy.SkipToNext();
        Assert.Contains(expected, period => period.End > period.Start);
        NexmarkRun.AssertSame(
            expected,
            await Run.RunAsync(events => NexmarkQueries.LowPricePeriods(events, strategy), parallelism, parallelism)
        );
    }

    [Theory]
    [InlineData(1, 5_000)]
    [InlineData(3, 5_000)]
    [InlineData(1, 10)]
    public async Task ShouldFindDrops_WhenQueryIs3(int parallelism, int within)
    {
        List<PriceDrop> expected = [];
        foreach (Bid[] bids in BidsPerPersonAndAuction())
        {
            for (int start = 0; start < bids.Length; start++)
            {
                long limit = bids[start].Price - 50;
                int next = start + 1;
                while (next < bids.Length && bids[next].Price > limit)
                {
                    next++;
                }

                if (next < bids.Length && bids[next].Price < limit && bids[next].DateTime - bids[start].DateTime < within)
                {
                    expected.Add(
                        new PriceDrop(bids[next].Auction, bids[next].Bidder, bids[next].DateTime, bids[start].Price - bids[next].Price)
                    );
                    start = next;
                }
            }
        }

        NexmarkRun.AssertSame(
            expected,
            await Run.RunAsync(events => NexmarkQueries.PriceDrops(events, TimeSpan.FromMilliseconds(within)), parallelism, parallelism)
        );
    }

    private static IEnumerable<Bid[]> BidsPerPersonAndAuction() =>
        Run.Bids.GroupBy(bid => (bid.Auction, bid.Bidder)).Select(bids => bids.OrderBy(bid => bid.DateTime).ToArray());
}
