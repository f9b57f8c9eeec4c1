namespace Millrace.DevBroker.Groups;

/// <summary>
/// The life of a classic consumer group:
/// <c>Empty -> PreparingRebalance -> CompletingRebalance -> Stable -> PreparingRebalance -> ... -> Empty -> Dead</c>.
/// </summary>
internal enum GroupState
{
    /// <summary>No members; may still hold offsets.</summary>
    Empty,

    /// <summary>Waits for the members to join the next generation.</summary>
    PreparingRebalance,

    /// <summary>All joined; waits for the leader's assignment.</summary>
    CompletingRebalance,

    /// <summary>Every member has its assignment.</summary>
    Stable,

    /// <summary>Removed from the coordinator; nothing may use it any more.</summary>
    Dead,
}
