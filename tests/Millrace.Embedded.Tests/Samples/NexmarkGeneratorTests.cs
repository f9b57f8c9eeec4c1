using System.Buffers;
using Millrace.Samples.Nexmark;
using Xunit;

namespace Millrace.Embedded.Tests.Samples;

public sealed class NexmarkGeneratorTests
{
    private const int Events = 50_000;
    private readonly NexmarkGenerator _generator = new();

    [Fact]
    public void ShouldMakeTheSameEvents_WhenSeedIsTheSame()
    {
        NexmarkGenerator again = new();
        for (int i = Events; i >= 0; i -= 7)
        {
            Assert.Equal(_generator.EventAt(i), again.EventAt(i));
        }

        Assert.NotEqual(_generator.EventAt(4), new NexmarkGenerator(new NexmarkOptions { Seed = 2 }).EventAt(4));
    }

    [Fact]
    public void ShouldKeepTheProportions_WhenManyEventsAreMade()
    {
        ILookup<NexmarkEventKind, NexmarkEvent> kinds = All().ToLookup(e => e.Kind);
        Assert.Equal(Events / 50, kinds[NexmarkEventKind.Person].Count());
        Assert.Equal(Events / 50 * 3, kinds[NexmarkEventKind.Auction].Count());
        Assert.Equal(Events / 50 * 46, kinds[NexmarkEventKind.Bid].Count());
        Assert.Equal(Enumerable.Range(1000, Events / 50).Select(i => (long)i), kinds[NexmarkEventKind.Person].Select(e => e.Person!.Id));
        Assert.Equal(
            Enumerable.Range(1000, Events / 50 * 3).Select(i => (long)i),
            kinds[NexmarkEventKind.Auction].Select(e => e.Auction!.Id)
        );
    }

    [Fact]
    public void ShouldPreferHotOnes_WhenBidsAndAuctionsAreMade()
    {
        NexmarkEvent[] events = [.. All()];
        Bid[] bids = [.. events.Where(e => e.IsBid).Select(e => e.Bid)];
        Auction[] auctions = [.. events.Where(e => e.Auction is not null).Select(e => e.Auction!)];
        Assert.InRange(bids.Count(b => b.Auction % 100 == 0) / (double)bids.Length, 0.49, 0.53);
        Assert.InRange(bids.Count(b => b.Bidder % 100 == 1) / (double)bids.Length, 0.73, 0.78);
        Assert.InRange(auctions.Count(a => a.Seller % 100 == 0) / (double)auctions.Length, 0.72, 0.79);
        Assert.InRange(bids.Count(b => b.Channel is "Google" or "Facebook" or "Baidu" or "Apple") / (double)bids.Length, 0.48, 0.52);
        Assert.All(auctions, a => Assert.True(a.Expires > a.DateTime && a.Reserve > a.InitialBid && a.Category is >= 10 and < 15));
    }

    [Fact]
    public void ShouldReferToWhatIsThere_WhenBidsAreMade()
    {
        long auctions = 999;
        long persons = 999;
        foreach (NexmarkEvent e in All())
        {
            if (e.TryGetAuction(out Auction? auction))
            {
                auctions = auction.Id;
            }
            else if (e.TryGetPerson(out Person? person))
            {
                persons = person.Id;
            }
            else
            {
                // The benchmark lets bids run at most 10 ids ahead.
                Assert.InRange(e.Bid.Auction, 1000, auctions + 10);
                Assert.InRange(e.Bid.Bidder, 1000, persons + 10);
                Assert.InRange(e.Bid.Price, 100, 100_000_000);
            }
        }
    }

    [Fact]
    public void ShouldHaveTheSizes_WhenEventsAreWritten()
    {
        Dictionary<NexmarkEventKind, double> sizes = All()
            .GroupBy(e => e.Kind)
            .ToDictionary(group => group.Key, group => group.Average(e => Write(NexmarkBinarySchema.Instance, e).Length));

        // Numbers are shorter than their 8 bytes, channel and URL come on top of a bid's average.
        Assert.InRange(sizes[NexmarkEventKind.Bid], 90, 190);
        Assert.InRange(sizes[NexmarkEventKind.Auction], 420, 540);
        Assert.InRange(sizes[NexmarkEventKind.Person], 170, 220);
    }

    [Fact]
    public void ShouldComeBack_WhenEventsAreWrittenAndRead()
    {
        foreach (NexmarkEvent e in All().Take(500))
        {
            Assert.Equal(e, NexmarkBinarySchema.Instance.Deserialize(Write(NexmarkBinarySchema.Instance, e)));
            Assert.Equal(e, NexmarkJsonSchema.Instance.Deserialize(Write(NexmarkJsonSchema.Instance, e)));
        }
    }

    [Fact]
    public void ShouldAllocateNothing_WhenEventsAreBids()
    {
        _generator.EventAt(10);
        long before = GC.GetAllocatedBytesForCurrentThread();
        long sum = 0;
        for (int i = 4; i < 50; i++)
        {
            sum += _generator.EventAt(i).DateTime;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.NotEqual(0, sum);
    }

    private static byte[] Write(Kafka.ISerializationSchema<NexmarkEvent> schema, NexmarkEvent e)
    {
        ArrayBufferWriter<byte> output = new();
        schema.Serialize(e, output);
        return output.WrittenSpan.ToArray();
    }

    private IEnumerable<NexmarkEvent> All() => Enumerable.Range(0, Events).Select(i => _generator.EventAt(i));
}
