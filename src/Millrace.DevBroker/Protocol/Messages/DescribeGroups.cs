using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>State and members of groups.</summary>
internal static class DescribeGroups
{
    internal sealed class Request : IRequest
    {
        public List<string>? Groups = [];
        public bool IncludeAuthorizedOperations;

        public static ApiDescription Api { get; } = new(ApiKey.DescribeGroups, 0, 6, FlexibleSince: 5);

        public void Describe(Wire wire)
        {
            wire.Strings(ref Groups);
            wire.Boolean(ref IncludeAuthorizedOperations, since: 3);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public List<Group>? Groups = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs, since: 1);
            wire.Array(ref Groups);
        }
    }

    internal sealed class Group : IMessage
    {
        public ErrorCode Error;
        public string? ErrorMessage;
        public string GroupId = "";
        public string State = "";
        public string ProtocolType = "";
        public string ProtocolName = "";
        public List<Member>? Members = [];
        public int AuthorizedOperations = int.MinValue;

        public void Describe(Wire wire)
        {
            wire.Error(ref Error);
            wire.NullableString(ref ErrorMessage, since: 6);
            wire.String(ref GroupId);
            wire.String(ref State);
            wire.String(ref ProtocolType);
            wire.String(ref ProtocolName);
            wire.Array(ref Members);
            wire.Int32(ref AuthorizedOperations, since: 3);
        }
    }

    internal sealed class Member : IMessage
    {
        public string MemberId = "";
        public string? GroupInstanceId;
        public string ClientId = "";
        public string ClientHost = "";
        public ReadOnlyMemory<byte> Metadata;
        public ReadOnlyMemory<byte> Assignment;

        public void Describe(Wire wire)
        {
            wire.String(ref MemberId);
            wire.NullableString(ref GroupInstanceId, since: 4);
            wire.String(ref ClientId);
            wire.String(ref ClientHost);
            wire.Bytes(ref Metadata);
            wire.Bytes(ref Assignment);
        }
    }
}
