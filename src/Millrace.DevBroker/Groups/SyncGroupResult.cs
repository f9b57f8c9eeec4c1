using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Groups;

/// <summary>The answer to a sync: an error, or the member's assignment.</summary>
internal sealed record SyncGroupResult(ErrorCode Error, string? ProtocolType, string? ProtocolName, byte[] Assignment)
{
    public static SyncGroupResult Failed(ErrorCode error) => new(error, ProtocolType: null, ProtocolName: null, []);
}
