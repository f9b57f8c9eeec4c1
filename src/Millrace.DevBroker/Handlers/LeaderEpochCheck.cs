using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>Tells a client that its metadata is older, or newer, than this start of the broker.</summary>
internal static class LeaderEpochCheck
{
    /// <param name="known">The leader epoch the client knows, negative if it does not say.</param>
    /// <param name="current">The leader epoch of this start.</param>
    public static ErrorCode Check(int known, int current)
    {
        if (known < 0 || known == current)
        {
            return ErrorCode.None;
        }

        return known < current ? ErrorCode.FencedLeaderEpoch : ErrorCode.UnknownLeaderEpoch;
    }
}
