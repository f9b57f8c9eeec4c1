using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Members leave, or are removed by an administrator.</summary>
internal static class LeaveGroup
{
    internal sealed class Request : IRequest
    {
        public string GroupId = "";
        public string MemberId = "";
        public List<Member>? Members = [];

        public static ApiDescription Api { get; } = new(ApiKey.LeaveGroup, 0, 5, FlexibleSince: 4);

        public void Describe(Wire wire)
        {
            wire.String(ref GroupId);
            wire.String(ref MemberId, until: 2);
            wire.Array(ref Members, since: 3);
        }
    }

    internal sealed class Member : IMessage
    {
        public string MemberId = "";
        public string? GroupInstanceId;
        public string? Reason;

        public void Describe(Wire wire)
        {
            wire.String(ref MemberId);
            wire.NullableString(ref GroupInstanceId);
            wire.NullableString(ref Reason, since: 5);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public ErrorCode Error;
        public List<Left>? Members = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs, since: 1);
            wire.Error(ref Error);
            wire.Array(ref Members, since: 3);
        }
    }

    internal sealed class Left : IMessage
    {
        public string MemberId = "";
        public string? GroupInstanceId;
        public ErrorCode Error;

        public void Describe(Wire wire)
        {
            wire.String(ref MemberId);
            wire.NullableString(ref GroupInstanceId);
            wire.Error(ref Error);
        }
    }
}
