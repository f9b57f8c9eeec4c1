using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>A member asks for its assignment; the leader brings those of all.</summary>
internal static class SyncGroup
{
    internal sealed class Request : IRequest
    {
        public string GroupId = "";
        public int GenerationId;
        public string MemberId = "";
        public string? GroupInstanceId;
        public string? ProtocolType;
        public string? ProtocolName;
        public List<Assignment>? Assignments = [];

        public static ApiDescription Api { get; } = new(ApiKey.SyncGroup, 0, 5, FlexibleSince: 4);

        public void Describe(Wire wire)
        {
            wire.String(ref GroupId);
            wire.Int32(ref GenerationId);
            wire.String(ref MemberId);
            wire.NullableString(ref GroupInstanceId, since: 3);
            wire.NullableString(ref ProtocolType, since: 5);
            wire.NullableString(ref ProtocolName, since: 5);
            wire.Array(ref Assignments);
        }
    }

    internal sealed class Assignment : IMessage
    {
        public string MemberId = "";
        public ReadOnlyMemory<byte> Bytes;

        public void Describe(Wire wire)
        {
            wire.String(ref MemberId);
            wire.Bytes(ref Bytes);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public ErrorCode Error;
        public string? ProtocolType;
        public string? ProtocolName;
        public ReadOnlyMemory<byte> Assignment;

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs, since: 1);
            wire.Error(ref Error);
            wire.NullableString(ref ProtocolType, since: 5);
            wire.NullableString(ref ProtocolName, since: 5);
            wire.Bytes(ref Assignment);
        }
    }
}
