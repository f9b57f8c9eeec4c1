namespace Millrace.Samples.Auctions;

/// <summary>A person who registered and opened an auction in one window (Nexmark query 8).</summary>
/// <param name="Id">The person.</param>
/// <param name="Name">Name.</param>
/// <param name="WindowStart">Start of the window in milliseconds since the Unix epoch.</param>
public readonly record struct NewSeller(long Id, string Name, long WindowStart);
