namespace Millrace.Ledger;

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
