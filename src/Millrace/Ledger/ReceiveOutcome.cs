namespace Millrace.Ledger;

/// <summary>What became of an envelope.</summary>
internal enum ReceiveOutcome
{
    Applied,

    /// <summary>All of it was applied before.</summary>
    Duplicate,

    /// <summary>What it follows, or its other fragments, have not come yet.</summary>
    HeldBack,

    /// <summary>It should have been held back, but there is no room; it will be sent again.</summary>
    Dropped,

    /// <summary>
    /// A whole payload that overlaps what was applied. A resend that lost a race is such, and is sent again; any other is a broken
    /// protocol.
    /// </summary>
    Conflict,

    /// <summary>Of another job, another incarnation of it, or another task.</summary>
    Foreign,
}
