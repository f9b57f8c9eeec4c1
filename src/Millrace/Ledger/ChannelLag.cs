namespace Millrace.Ledger;

/// <summary>A channel whose receiver lacks what the ledger says was sent: positions <c>(Applied, Sent]</c>.</summary>
internal readonly record struct ChannelLag(ChannelId Channel, long Applied, long Sent);
