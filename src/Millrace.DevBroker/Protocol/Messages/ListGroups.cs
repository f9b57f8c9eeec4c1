using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>All groups, or those in some states or of some types.</summary>
internal static class ListGroups
{
    internal sealed class Request : IRequest
    {
        public List<string>? StatesFilter = [];
        public List<string>? TypesFilter = [];

        public static ApiDescription Api { get; } = new(ApiKey.ListGroups, 0, 5, FlexibleSince: 3);

        public void Describe(Wire wire)
        {
            wire.Strings(ref StatesFilter, since: 4);
            wire.Strings(ref TypesFilter, since: 5);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public ErrorCode Error;
        public List<Group>? Groups = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs, since: 1);
            wire.Error(ref Error);
            wire.Array(ref Groups);
        }
    }

    internal sealed class Group : IMessage
    {
        public string GroupId = "";
        public string ProtocolType = "";
        public string State = "";
        public string Type = "";

        public void Describe(Wire wire)
        {
            wire.String(ref GroupId);
            wire.String(ref ProtocolType);
            wire.String(ref State, since: 4);
            wire.String(ref Type, since: 5);
        }
    }
}
