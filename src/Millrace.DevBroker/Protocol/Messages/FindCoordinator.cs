using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Which broker looks after a group (key type 0) or a transactional id (key type 1).</summary>
internal static class FindCoordinator
{
    internal sealed class Request : IRequest
    {
        public string Key = "";
        public sbyte KeyType;
        public List<string>? CoordinatorKeys = [];

        public static ApiDescription Api { get; } = new(ApiKey.FindCoordinator, 0, 6, FlexibleSince: 3);

        public void Describe(Wire wire)
        {
            wire.String(ref Key, until: 3);
            wire.Int8(ref KeyType, since: 1);
            wire.Strings(ref CoordinatorKeys, since: 4);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public ErrorCode Error;
        public string? ErrorMessage;
        public int NodeId;
        public string Host = "";
        public int Port;
        public List<Coordinator>? Coordinators = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs, since: 1);
            wire.Error(ref Error, until: 3);
            wire.NullableString(ref ErrorMessage, since: 1, until: 3);
            wire.Int32(ref NodeId, until: 3);
            wire.String(ref Host, until: 3);
            wire.Int32(ref Port, until: 3);
            wire.Array(ref Coordinators, since: 4);
        }
    }

    internal struct Coordinator : IMessage
    {
        public string Key;
        public int NodeId;
        public string Host;
        public int Port;
        public ErrorCode Error;
        public string? ErrorMessage;

        public void Describe(Wire wire)
        {
            wire.String(ref Key);
            wire.Int32(ref NodeId);
            wire.String(ref Host);
            wire.Int32(ref Port);
            wire.Error(ref Error);
            wire.NullableString(ref ErrorMessage);
        }
    }
}
