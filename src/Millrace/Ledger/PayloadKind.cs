namespace Millrace.Ledger;

/// <summary>What the receiver may do with a payload. The content itself is opaque to the protocol.</summary>
internal enum PayloadKind : byte
{
    /// <summary>Nothing but a watermark.</summary>
    None = 0,

    /// <summary>Records that each know their position: an overlap with what was applied is filtered record by record.</summary>
    Records = 1,

    /// <summary>Pre-aggregates of a range. They cannot be filtered, so they are only sent under a plan and apply whole or not at all.</summary>
    Aggregate = 2,
}
