using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>The cluster's brokers.</summary>
internal static class DescribeCluster
{
    internal sealed class Request : IRequest
    {
        public bool IncludeAuthorizedOperations;
        public sbyte EndpointType = 1;

        public static ApiDescription Api { get; } = new(ApiKey.DescribeCluster, 0, 1, FlexibleSince: 0);

        public void Describe(Wire wire)
        {
            wire.Boolean(ref IncludeAuthorizedOperations);
            wire.Int8(ref EndpointType, since: 1);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public ErrorCode Error;
        public string? ErrorMessage;
        public sbyte EndpointType = 1;
        public string ClusterId = "";
        public int ControllerId;
        public List<Broker>? Brokers = [];
        public int AuthorizedOperations = Metadata.NoAuthorizedOperations;

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs);
            wire.Error(ref Error);
            wire.NullableString(ref ErrorMessage);
            wire.Int8(ref EndpointType, since: 1);
            wire.String(ref ClusterId);
            wire.Int32(ref ControllerId);
            wire.Array(ref Brokers);
            wire.Int32(ref AuthorizedOperations);
        }
    }

    internal struct Broker : IMessage
    {
        public int NodeId;
        public string Host;
        public int Port;
        public string? Rack;

        public void Describe(Wire wire)
        {
            wire.Int32(ref NodeId);
            wire.String(ref Host);
            wire.Int32(ref Port);
            wire.NullableString(ref Rack);
        }
    }
}
