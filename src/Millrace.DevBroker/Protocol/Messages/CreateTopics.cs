using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Creates topics.</summary>
internal static class CreateTopics
{
    internal sealed class Request : IRequest
    {
        public List<Topic>? Topics = [];
        public int TimeoutMs;
        public bool ValidateOnly;

        public static ApiDescription Api { get; } = new(ApiKey.CreateTopics, 0, 7, FlexibleSince: 5);

        public void Describe(Wire wire)
        {
            wire.Array(ref Topics);
            wire.Int32(ref TimeoutMs);
            wire.Boolean(ref ValidateOnly, since: 1);
        }
    }

    internal sealed class Topic : IMessage
    {
        public string Name = "";

        /// <summary>-1 takes the broker's default.</summary>
        public int NumPartitions;
        public short ReplicationFactor;
        public List<Assignment>? Assignments = [];
        public List<Config>? Configs = [];

        public void Describe(Wire wire)
        {
            wire.String(ref Name);
            wire.Int32(ref NumPartitions);
            wire.Int16(ref ReplicationFactor);
            wire.Array(ref Assignments);
            wire.Array(ref Configs);
        }
    }

    internal struct Assignment : IMessage
    {
        public int PartitionIndex;
        public List<int>? BrokerIds;

        public void Describe(Wire wire)
        {
            wire.Int32(ref PartitionIndex);
            wire.Int32s(ref BrokerIds);
        }
    }

    internal struct Config : IMessage
    {
        public string Name;
        public string? Value;

        public void Describe(Wire wire)
        {
            wire.String(ref Name);
            wire.NullableString(ref Value);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public List<TopicResult>? Topics = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs, since: 2);
            wire.Array(ref Topics);
        }
    }

    internal sealed class TopicResult : IMessage
    {
        public string Name = "";
        public Guid TopicId;
        public ErrorCode Error;
        public string? ErrorMessage;
        public int NumPartitions = -1;
        public short ReplicationFactor = -1;
        public List<ConfigResult>? Configs = [];

        public void Describe(Wire wire)
        {
            wire.String(ref Name);
            wire.Uuid(ref TopicId, since: 7);
            wire.Error(ref Error);
            wire.NullableString(ref ErrorMessage, since: 1);
            wire.Int32(ref NumPartitions, since: 5);
            wire.Int16(ref ReplicationFactor, since: 5);
            wire.Array(ref Configs, since: 5, nullable: true);
        }
    }

    internal struct ConfigResult : IMessage
    {
        public string Name;
        public string? Value;
        public bool ReadOnly;
        public sbyte ConfigSource;
        public bool IsSensitive;

        public void Describe(Wire wire)
        {
            wire.String(ref Name);
            wire.NullableString(ref Value);
            wire.Boolean(ref ReadOnly);
            wire.Int8(ref ConfigSource);
            wire.Boolean(ref IsSensitive);
        }
    }
}
