using System.Diagnostics.CodeAnalysis;

namespace Millrace.Samples.Nexmark;

/// <summary>
/// One event of the auction site: a person, an auction or a bid. Bids, 46 of 50 events, are kept in the struct itself and cost no object.
/// </summary>
public readonly record struct NexmarkEvent
{
    private readonly Bid _bid;
    private readonly object? _other;

    /// <summary>A bid.</summary>
    /// <param name="bid">The bid.</param>
    public NexmarkEvent(in Bid bid) => _bid = bid;

    /// <summary>A new auction.</summary>
    /// <param name="auction">The auction.</param>
    public NexmarkEvent(Auction auction)
    {
        ArgumentNullException.ThrowIfNull(auction);
        _other = auction;
    }

    /// <summary>A new person.</summary>
    /// <param name="person">The person.</param>
    public NexmarkEvent(Person person)
    {
        ArgumentNullException.ThrowIfNull(person);
        _other = person;
    }

    /// <summary>An event of any kind, as state and channels keep it.</summary>
    /// <param name="bid">Its bid; the default when it is another kind.</param>
    /// <param name="auction">Its auction, if it is one.</param>
    /// <param name="person">Its person, if it is one.</param>
    public NexmarkEvent(Bid bid, Auction? auction, Person? person)
    {
        _bid = bid;
        _other = auction is not null ? auction : person;
    }

    /// <summary>Which of the three it is.</summary>
    public NexmarkEventKind Kind =>
        _other is null ? NexmarkEventKind.Bid
        : _other is Auction ? NexmarkEventKind.Auction
        : NexmarkEventKind.Person;

    /// <summary>Whether the event is a bid.</summary>
    public bool IsBid => _other is null;

    /// <summary>The bid; its default when the event is none.</summary>
    public Bid Bid => _bid;

    /// <summary>The auction; <see langword="null"/> when the event is none.</summary>
    public Auction? Auction => _other as Auction;

    /// <summary>The person; <see langword="null"/> when the event is none.</summary>
    public Person? Person => _other as Person;

    /// <summary>Event time in milliseconds since the Unix epoch.</summary>
    public long DateTime =>
        _other is null ? _bid.DateTime
        : _other is Auction auction ? auction.DateTime
        : ((Person)_other).DateTime;

    /// <summary>The bid, if the event is one.</summary>
    /// <param name="bid">The bid.</param>
    public bool TryGetBid(out Bid bid)
    {
        bid = _bid;
        return _other is null;
    }

    /// <summary>The auction, if the event is one.</summary>
    /// <param name="auction">The auction.</param>
    public bool TryGetAuction([NotNullWhen(true)] out Auction? auction) => (auction = _other as Auction) is not null;

    /// <summary>The person, if the event is one.</summary>
    /// <param name="person">The person.</param>
    public bool TryGetPerson([NotNullWhen(true)] out Person? person) => (person = _other as Person) is not null;
}
