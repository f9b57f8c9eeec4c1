using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>A member joins a group, or joins again for the next generation; the answer waits for the others.</summary>
internal static class JoinGroup
{
    internal sealed class Request : IRequest
    {
        public string GroupId = "";
        public int SessionTimeoutMs;
        public int RebalanceTimeoutMs = -1;
        public string MemberId = "";
        public string? GroupInstanceId;
        public string ProtocolType = "";
        public List<Protocol>? Protocols = [];
        public string? Reason;

        public static ApiDescription Api { get; } = new(ApiKey.JoinGroup, 0, 9, FlexibleSince: 6);

        public void Describe(Wire wire)
        {
            wire.String(ref GroupId);
            wire.Int32(ref SessionTimeoutMs);
            wire.Int32(ref RebalanceTimeoutMs, since: 1);
            wire.String(ref MemberId);
            wire.NullableString(ref GroupInstanceId, since: 5);
            wire.String(ref ProtocolType);
            wire.Array(ref Protocols);
            wire.NullableString(ref Reason, since: 8);
        }
    }

    internal sealed class Protocol : IMessage
    {
        public string Name = "";
        public ReadOnlyMemory<byte> Metadata;

        public void Describe(Wire wire)
        {
            wire.String(ref Name);
            wire.Bytes(ref Metadata);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public ErrorCode Error;
        public int GenerationId = -1;
        public string? ProtocolType;
        public string? ProtocolName;
        public string Leader = "";
        public bool SkipAssignment;
        public string MemberId = "";
        public List<Member>? Members = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs, since: 2);
            wire.Error(ref Error);
            wire.Int32(ref GenerationId);
            wire.NullableString(ref ProtocolType, since: 7);
            wire.NullableString(ref ProtocolName);
            wire.String(ref Leader);
            wire.Boolean(ref SkipAssignment, since: 9);
            wire.String(ref MemberId);
            wire.Array(ref Members);
        }
    }

    internal sealed class Member : IMessage
    {
        public string MemberId = "";
        public string? GroupInstanceId;
        public ReadOnlyMemory<byte> Metadata;

        public void Describe(Wire wire)
        {
            wire.String(ref MemberId);
            wire.NullableString(ref GroupInstanceId, since: 5);
            wire.Bytes(ref Metadata);
        }
    }
}
