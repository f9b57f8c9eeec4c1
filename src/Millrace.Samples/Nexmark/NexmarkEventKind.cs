namespace Millrace.Samples.Nexmark;

/// <summary>The three kinds of events.</summary>
public enum NexmarkEventKind
{
    /// <summary>Somebody registers.</summary>
    Person,

    /// <summary>Somebody opens an auction.</summary>
    Auction,

    /// <summary>Somebody bids.</summary>
    Bid,
}
