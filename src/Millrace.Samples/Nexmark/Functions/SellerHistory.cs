namespace Millrace.Samples.Nexmark.Functions;

/// <summary>What is known of a seller; changed in place.</summary>
internal sealed class SellerHistory
{
    private const int Kept = 10;

    /// <summary>Closed auctions whose time the watermark has not passed yet.</summary>
    public List<ClosedAuction> Waiting { get; set; } = [];

    /// <summary>The last closing prices, the oldest first.</summary>
    public List<long> Prices { get; set; } = [];

    /// <summary>Adds a closing price. Returns the average of the last ones.</summary>
    public long Add(long price)
    {
        if (Prices.Count == Kept)
        {
            Prices.RemoveAt(0);
        }

        Prices.Add(price);
        long sum = 0;
        foreach (long each in Prices)
        {
            sum += each;
        }

        return sum / Prices.Count;
    }
}
