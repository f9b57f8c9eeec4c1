namespace Millrace.Samples.Nexmark;

/// <summary>An auction that somebody opens.</summary>
/// <param name="Id">Number of the auction.</param>
/// <param name="ItemName">What is sold.</param>
/// <param name="Description">Its description.</param>
/// <param name="InitialBid">In cents.</param>
/// <param name="Reserve">The least price, in cents.</param>
/// <param name="DateTime">Event time in milliseconds since the Unix epoch.</param>
/// <param name="Expires">When it ends, in milliseconds since the Unix epoch.</param>
/// <param name="Seller">The person who sells.</param>
/// <param name="Category">10 to 14.</param>
/// <param name="Extra">Fills the event up to its size.</param>
public sealed record Auction(
    long Id,
    string ItemName,
    string Description,
    long InitialBid,
    long Reserve,
    long DateTime,
    long Expires,
    long Seller,
    long Category,
    string Extra
);
