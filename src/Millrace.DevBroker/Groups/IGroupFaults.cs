namespace Millrace.DevBroker.Groups;

/// <summary>What tests may do to a group from outside.</summary>
internal interface IGroupFaults
{
    /// <summary>Starts a rebalance of a group as if a member had asked for it; false if there is no such group with members.</summary>
    bool ForceRebalance(string groupId);

    /// <summary>
    /// Ends the session of a member as if its heartbeats had stayed away, while its client goes on unaware (a zombie).
    /// <paramref name="member"/> is a member id, a static instance id or a client id; null takes every member. Returns how many were
    /// expired.
    /// </summary>
    int ExpireMembers(string groupId, string? member);
}
