namespace Millrace.Ledger;

/// <summary>
/// What the sender of a channel between keyed tasks is told: everything up to a position is applied in a state that is durable. A late or
/// repeated one stays true.
/// </summary>
internal sealed record Acknowledgement
{
    /// <summary>The job and its incarnation.</summary>
    public required string Job { get; init; }

    public required ChannelId Channel { get; init; }

    /// <summary>The last position applied; <see cref="SentPositions.None"/> = none.</summary>
    public required long Applied { get; init; }

    /// <summary>Whether what follows was lost: the sender sends again what it keeps of it.</summary>
    public bool AsksForRest { get; init; }
}
