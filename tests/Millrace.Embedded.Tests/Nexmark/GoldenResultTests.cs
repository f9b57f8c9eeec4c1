using System.Globalization;
using Millrace.Api;
using Millrace.Connectors;
using Millrace.Samples.Nexmark;
using Millrace.Samples.Nexmark.Results;
using Xunit;

namespace Millrace.Embedded.Tests.Nexmark;

/// <summary>
/// Each query over the events of <c>Golden/events.jsonl</c>, against results that SQLite computed (<c>Golden/golden.py</c>). Where a query
/// revises its results, the last ones count. Query 6 is none of Flink's SQL, query 12 depends on the clock.
/// </summary>
public sealed class GoldenResultTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Nexmark", "Golden");
    private static readonly NexmarkEvent[] Events =
    [
        .. File.ReadLines(Path.Combine(Folder, "events.jsonl"))
            .Select(line => NexmarkJsonSchema.Instance.Deserialize(System.Text.Encoding.UTF8.GetBytes(line))),
    ];

    [Fact]
    public Task ShouldGiveTheSqlsRows_WhenQueryIs0() =>
        CheckAsync("q0", NexmarkQueries.PassThrough, b => Row(b.Auction, b.Bidder, b.Price, b.DateTime, b.Extra));

    [Fact]
    public Task ShouldGiveTheSqlsRows_WhenQueryIs1() =>
        CheckAsync("q1", NexmarkQueries.CurrencyConversion, b => Row(b.Auction, b.Bidder, b.Price, b.DateTime, b.Extra));

    [Fact]
    public Task ShouldGiveTheSqlsRows_WhenQueryIs2() => CheckAsync("q2", NexmarkQueries.Selection, b => Row(b.Auction, b.Price));

    [Fact]
    public Task ShouldGiveTheSqlsRows_WhenQueryIs3() =>
        CheckAsync("q3", NexmarkQueries.LocalItems, i => Row(i.Name, i.City, i.State, i.Auction));

    [Fact]
    public Task ShouldGiveTheSqlsRows_WhenQueryIs4() =>
        CheckAsync("q4", NexmarkQueries.CategoryPrices, p => Row(p.Category, p.Average), p => p.Category);

    [Fact]
    public Task ShouldGiveTheSqlsRows_WhenQueryIs5() =>
        CheckAsync(
            "q5",
            e => NexmarkQueries.HotItems(e, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2)),
            i => Row(i.Auction, i.Bids, i.WindowEnd)
        );

    [Fact]
    public Task ShouldGiveTheSqlsRows_WhenQueryIs7() =>
        CheckAsync(
            "q7",
            e => NexmarkQueries.HighestBids(e, TimeSpan.FromSeconds(10)),
            b => Row(b.Auction, b.Bidder, b.Price, b.DateTime, b.Extra, b.WindowEnd)
        );

    [Fact]
    public Task ShouldGiveTheSqlsRows_WhenQueryIs8() =>
        CheckAsync("q8", e => NexmarkQueries.NewSellers(e, TimeSpan.FromSeconds(10)), s => Row(s.Id, s.Name, s.WindowStart));

    [Fact]
    public Task ShouldGiveTheSqlsRows_WhenQueryIs9() =>
        CheckAsync(
            "q9",
            NexmarkQueries.WinningBids,
            w => $"{Row(w.Auction.Id)}|{AuctionRow(w.Auction)}|{Row(w.Bid.Auction, w.Bid.Bidder, w.Bid.Price, w.Bid.DateTime, w.Bid.Extra)}"
        );

    [Fact]
    public Task ShouldGiveTheSqlsRows_WhenQueryIs10() =>
        CheckAsync("q10", NexmarkQueries.BidLog, b => Row(b.Auction, b.Bidder, b.Price, b.DateTime, b.Extra, b.Day, b.Minute));

    [Fact]
    public Task ShouldGiveTheSqlsRows_WhenQueryIs11() =>
        CheckAsync("q11", e => NexmarkQueries.UserSessions(e, TimeSpan.FromSeconds(10)), s => Row(s.Bidder, s.Bids, s.Start, s.End));

    [Fact]
    public Task ShouldGiveTheSqlsRows_WhenQueryIs13() =>
        CheckAsync(
            "q13",
            e => NexmarkQueries.EnrichedBids(e, NexmarkSideInput.Table),
            b => Row(b.Auction, b.Bidder, b.Price, b.DateTime, b.Value)
        );

    [Fact]
    public Task ShouldGiveTheSqlsRows_WhenQueryIs14() =>
        CheckAsync("q14", NexmarkQueries.ClassifiedBids, b => Row(b.Auction, b.Bidder, b.Price, b.TimeOfDay, b.DateTime, b.Extra, b.Count));

    [Fact]
    public Task ShouldGiveTheSqlsRows_WhenQueryIs15() =>
        CheckAsync(
            "q15",
            NexmarkQueries.Days,
            d => $"{Row(d.Day)}|{CountsRow(d.Bids)}|{CountsRow(d.Bidders)}|{CountsRow(d.Auctions)}",
            d => d.Day
        );

    [Fact]
    public Task ShouldGiveTheSqlsRows_WhenQueryIs16() =>
        CheckAsync(
            "q16",
            NexmarkQueries.Channels,
            c => $"{Row(c.Channel, c.Day, c.Minute)}|{CountsRow(c.Bids)}|{CountsRow(c.Bidders)}|{CountsRow(c.Auctions)}",
            c => (c.Channel, c.Day)
        );

    [Fact]
    public Task ShouldGiveTheSqlsRows_WhenQueryIs17() =>
        CheckAsync(
            "q17",
            NexmarkQueries.Auctions,
            a => $"{Row(a.Auction, a.Day)}|{CountsRow(a.Bids)}|{Row(a.MinPrice, a.MaxPrice, a.AveragePrice, a.SumPrice)}",
            a => (a.Auction, a.Day)
        );

    [Fact]
    public Task ShouldGiveTheSqlsRows_WhenQueryIs18() => CheckAsync("q18", NexmarkQueries.LastBids, BidRow, b => (b.Bidder, b.Auction));

    [Fact]
    public Task ShouldGiveTheSqlsRows_WhenQueryIs19() =>
        CheckAsync("q19", NexmarkQueries.TopBids, b => $"{BidRow(b.Bid)}|{Row(b.Rank)}", b => (b.Bid.Auction, b.Rank));

    [Fact]
    public Task ShouldGiveTheSqlsRows_WhenQueryIs20() =>
        CheckAsync("q20", NexmarkQueries.ExpandedBids, b => $"{BidRow(b.Bid)}|{AuctionRow(b.Auction)}");

    [Fact]
    public Task ShouldGiveTheSqlsRows_WhenQueryIs21() =>
        CheckAsync("q21", NexmarkQueries.ChannelBids, b => Row(b.Auction, b.Bidder, b.Price, b.Channel, b.ChannelId));

    [Fact]
    public Task ShouldGiveTheSqlsRows_WhenQueryIs22() =>
        CheckAsync("q22", NexmarkQueries.UrlBids, b => Row(b.Auction, b.Bidder, b.Price, b.Channel, b.Dir1, b.Dir2, b.Dir3));

    [Fact]
    public Task ShouldGiveTheSqlsRows_WhenQueryIs23() =>
        CheckAsync(
            "q23",
            NexmarkQueries.BidderSales,
            s => $"{Row(s.Bid.Bidder, s.Bid.Price, s.Bid.Channel, s.Bid.Url, s.Bid.Extra)}|{PersonRow(s.Person)}|{AuctionRow(s.Auction)}"
        );

    private static async Task CheckAsync<T>(
        string query,
        Func<DataStream<NexmarkEvent>, DataStream<T>> define,
        Func<T, string> row,
        Func<T, object>? key = null
    )
    {
        // What SQL leaves open, such as which of equal bids comes first, follows the order of the events: one task.
        StreamExecutionEnvironment env = new StreamExecutionEnvironment().SetParallelism(1);
        CollectSink<T> sink = new();
        GeneratorSource<NexmarkEvent> source = new(Events.Length, i => Events[i], 1);
        define(env.FromSource(source, NexmarkGenerator.Watermarks).WithUid("events")).SinkTo(sink).WithUid("results");
        await env.ExecuteAsync(query, Deadline.Token());
        IEnumerable<T> last = key is null ? sink.Records : sink.Records.GroupBy(key).Select(group => group.Last());
        Assert.Equal(
            File.ReadLines(Path.Combine(Folder, query + ".txt")).Order(StringComparer.Ordinal),
            last.Select(row).Order(StringComparer.Ordinal)
        );
    }

    private static string BidRow(Bid bid) => Row(bid.Auction, bid.Bidder, bid.Price, bid.Channel, bid.Url, bid.DateTime, bid.Extra);

    // Without its number, which is the bid's.
    private static string AuctionRow(Auction a) =>
        Row(a.ItemName, a.Description, a.InitialBid, a.Reserve, a.DateTime, a.Expires, a.Seller, a.Category, a.Extra);

    private static string PersonRow(Person p) => Row(p.Id, p.Name, p.EmailAddress, p.CreditCard, p.City, p.State, p.Extra);

    private static string CountsRow(RankedCounts counts) => Row(counts.Total, counts.Rank1, counts.Rank2, counts.Rank3);

    private static string Row(params object?[] columns) =>
        string.Join('|', columns.Select(column => column is null ? "\\N" : Convert.ToString(column, CultureInfo.InvariantCulture)));
}
