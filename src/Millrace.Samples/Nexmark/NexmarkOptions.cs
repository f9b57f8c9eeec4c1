namespace Millrace.Samples.Nexmark;

/// <summary>Settings of the Nexmark generator; the defaults are the benchmark's.</summary>
public sealed record NexmarkOptions
{
    /// <summary>Two generators with the same settings and seed make the same events.</summary>
    public long Seed { get; init; } = 20_260_101;

    /// <summary>
    /// Event time of the first event, in milliseconds since the Unix epoch. Default: 2015-07-15T00:00:00Z, as in the benchmark.
    /// </summary>
    public long BaseTimeMs { get; init; } = 1_436_918_400_000;

    /// <summary>Events per second of event time. Default 10,000.</summary>
    public long EventsPerSecond { get; init; } = 10_000;

    /// <summary>Persons per 50 events. Default 1.</summary>
    public int PersonProportion { get; init; } = 1;

    /// <summary>Auctions per 50 events. Default 3.</summary>
    public int AuctionProportion { get; init; } = 3;

    /// <summary>Bids per 50 events. Default 46.</summary>
    public int BidProportion { get; init; } = 46;

    /// <summary>One bid in so many is not for the hot auction. Default 2.</summary>
    public int HotAuctionRatio { get; init; } = 2;

    /// <summary>One auction in so many is not the hot seller's. Default 4.</summary>
    public int HotSellersRatio { get; init; } = 4;

    /// <summary>One bid in so many is not the hot bidder's. Default 4.</summary>
    public int HotBiddersRatio { get; init; } = 4;

    /// <summary>Auctions that are open at a time. Default 100.</summary>
    public int NumInFlightAuctions { get; init; } = 100;

    /// <summary>Persons who are active at a time. Default 1,000.</summary>
    public int NumActivePeople { get; init; } = 1_000;

    /// <summary>Average size of a person in bytes. Default 200.</summary>
    public int AveragePersonBytes { get; init; } = 200;

    /// <summary>Average size of an auction in bytes. Default 500.</summary>
    public int AverageAuctionBytes { get; init; } = 500;

    /// <summary>Average size of a bid in bytes. Default 100.</summary>
    public int AverageBidBytes { get; init; } = 100;

    /// <summary>Events after which the proportions repeat.</summary>
    public int TotalProportion => PersonProportion + AuctionProportion + BidProportion;
}
