namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>What negative timestamps mean in ListOffsets.</summary>
internal static class ListOffsetsTimestamp
{
    public const long Latest = -1;
    public const long Earliest = -2;
    public const long MaxTimestamp = -3;

    /// <summary>Earliest on local disks; here nothing is anywhere else.</summary>
    public const long EarliestLocal = -4;

    /// <summary>Latest in tiered storage; here there is none.</summary>
    public const long LatestTiered = -5;
}
