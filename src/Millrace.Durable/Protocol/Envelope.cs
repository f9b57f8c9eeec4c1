namespace Millrace.Durable.Protocol;

/// <summary>
/// What travels on a channel. <see cref="Previous"/> chains the envelopes of a channel, so that a receiver sees duplicates, reordering
/// and loss without asking anybody.
/// </summary>
internal sealed record Envelope
{
    /// <summary>The job and its incarnation; envelopes from before a restore do not reach the state after it.</summary>
    public required string Job { get; init; }

    public required ChannelId Channel { get; init; }

    /// <summary>
    /// Of the ledger's owner that sent this. For diagnosis: content is a function of positions, so old epochs' envelopes are as good as new
    /// ones.
    /// </summary>
    public required long Epoch { get; init; }

    /// <summary>The last position sent on this channel before this envelope.</summary>
    public required long Previous { get; init; }

    /// <summary>The first position inside; of a whole payload, the first that it covers.</summary>
    public required long From { get; init; }

    /// <summary>
    /// The last position inside. Nothing for this channel lies between <see cref="Previous"/> and <see cref="To"/> that is not inside.
    /// </summary>
    public required long To { get; init; }

    /// <summary>True of every record behind this envelope: its timestamp is greater.</summary>
    public long Watermark { get; init; } = long.MinValue;

    public PayloadKind Kind { get; init; }

    /// <summary>Sent again because the receiver reported a hole. Its bounds are the hole's, not those of a plan.</summary>
    public bool IsResend { get; init; }

    /// <summary>A payload over the limit travels in fragments with equal bounds, applied together.</summary>
    public int Fragment { get; init; }

    public int FragmentCount { get; init; } = 1;

    /// <summary>Shares the memory of the message it was decoded from.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    public override string ToString() =>
        $"{Channel} e{Epoch} {Previous}<[{From}..{To}] "
        + $"{Kind}{(FragmentCount > 1 ? $" {Fragment + 1}/{FragmentCount}" : "")}{(IsResend ? " resend" : "")} {Payload.Length} B";
}

/// <summary>
/// Sizes of encoded envelopes, in bytes before base64. A signal's content travels as base64 in JSON, a third larger: 27 KB become 36 KB and
/// 33 KB become 44 KB. A message over 45 KB of text goes through a blob and costs four times as much.
/// </summary>
internal static class EnvelopeLimits
{
    /// <summary>A payload is cut as soon as it would be larger: 27 KB.</summary>
    public const int TargetPayloadBytes = 27 * 1024;

    /// <summary>No envelope with its header is larger: 33 KB.</summary>
    public const int MaxEncodedBytes = 33 * 1024;

    /// <summary>
    /// What one fragment may carry; the rest is room for the header, whose names are at most <see cref="MaxNameBytes"/> each.
    /// </summary>
    public const int MaxPayloadBytes = MaxEncodedBytes - 1024;

    public const int MaxNameBytes = 400;
}

/// <summary>What the receiver may do with a payload. The content itself is opaque to the protocol.</summary>
internal enum PayloadKind : byte
{
    /// <summary>Nothing but a watermark.</summary>
    None = 0,

    /// <summary>Records that each know their position: an overlap with what was applied is filtered record by record.</summary>
    Records = 1,

    /// <summary>
    /// Indivisible: pre-aggregates of a range, or records without positions. It cannot be filtered, so it is only sent under a plan and
    /// applies whole or not at all.
    /// </summary>
    Whole = 2,
}
