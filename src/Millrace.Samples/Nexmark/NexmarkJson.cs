namespace Millrace.Samples.Nexmark;

/// <summary>An event as JSON: <c>{"bid":{...}}</c>, <c>{"auction":{...}}</c> or <c>{"person":{...}}</c>.</summary>
/// <param name="Bid">The bid.</param>
/// <param name="Auction">The auction.</param>
/// <param name="Person">The person.</param>
public sealed record NexmarkJson(Bid? Bid = null, Auction? Auction = null, Person? Person = null);
