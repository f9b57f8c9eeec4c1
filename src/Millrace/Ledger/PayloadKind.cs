namespace Millrace.Ledger;

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
