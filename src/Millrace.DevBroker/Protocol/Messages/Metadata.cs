using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>The cluster's brokers, and its topics with their partitions.</summary>
internal static class Metadata
{
    /// <summary>Says that authorized operations were not asked for.</summary>
    public const int NoAuthorizedOperations = int.MinValue;

    internal sealed class Request : IRequest
    {
        /// <summary>Null asks for all topics; in version 0 an empty list does.</summary>
        public List<Topic>? Topics = [];
        public bool AllowAutoTopicCreation = true;
        public bool IncludeClusterAuthorizedOperations;
        public bool IncludeTopicAuthorizedOperations;

        public static ApiDescription Api { get; } = new(ApiKey.Metadata, 0, 12, FlexibleSince: 9);

        public void Describe(Wire wire)
        {
            wire.Array(ref Topics, nullable: wire.Version >= 1);
            wire.Boolean(ref AllowAutoTopicCreation, since: 4);
            wire.Boolean(ref IncludeClusterAuthorizedOperations, since: 8, until: 10);
            wire.Boolean(ref IncludeTopicAuthorizedOperations, since: 8);
        }
    }

    internal struct Topic : IMessage
    {
        public Guid TopicId;
        public string? Name;

        public void Describe(Wire wire)
        {
            wire.Uuid(ref TopicId, since: 10);
            wire.NullableString(ref Name);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public List<Broker>? Brokers = [];
        public string? ClusterId;
        public int ControllerId;
        public List<TopicMetadata>? Topics = [];
        public int ClusterAuthorizedOperations = NoAuthorizedOperations;

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs, since: 3);
            wire.Array(ref Brokers);
            wire.NullableString(ref ClusterId, since: 2);
            wire.Int32(ref ControllerId, since: 1);
            wire.Array(ref Topics);
            wire.Int32(ref ClusterAuthorizedOperations, since: 8, until: 10);
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
            wire.NullableString(ref Rack, since: 1);
        }
    }

    internal sealed class TopicMetadata : IMessage
    {
        public ErrorCode Error;
        public string? Name;
        public Guid TopicId;
        public bool IsInternal;
        public List<Partition>? Partitions = [];
        public int AuthorizedOperations = NoAuthorizedOperations;

        public void Describe(Wire wire)
        {
            wire.Error(ref Error);
            wire.NullableString(ref Name);
            wire.Uuid(ref TopicId, since: 10);
            wire.Boolean(ref IsInternal, since: 1);
            wire.Array(ref Partitions);
            wire.Int32(ref AuthorizedOperations, since: 8);
        }
    }

    internal struct Partition : IMessage
    {
        public ErrorCode Error;
        public int Index;
        public int LeaderId;
        public int LeaderEpoch;
        public List<int>? ReplicaNodes;
        public List<int>? IsrNodes;
        public List<int>? OfflineReplicas;

        public void Describe(Wire wire)
        {
            wire.Error(ref Error);
            wire.Int32(ref Index);
            wire.Int32(ref LeaderId);
            wire.Int32(ref LeaderEpoch, since: 7);
            wire.Int32s(ref ReplicaNodes);
            wire.Int32s(ref IsrNodes);
            wire.Int32s(ref OfflineReplicas, since: 5);
        }
    }
}
