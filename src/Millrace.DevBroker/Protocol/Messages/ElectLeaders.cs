using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Asks for elections of partitions' leaders.</summary>
internal static class ElectLeaders
{
    internal sealed class Request : IRequest
    {
        /// <summary>0 is the preferred leader, 1 any replica.</summary>
        public sbyte ElectionType;

        /// <summary>Null asks for all partitions that need one.</summary>
        public List<TopicPartitions>? Topics = [];
        public int TimeoutMs;

        public static ApiDescription Api { get; } = new(ApiKey.ElectLeaders, 0, 2, FlexibleSince: 2);

        public void Describe(Wire wire)
        {
            wire.Int8(ref ElectionType, since: 1);
            wire.Array(ref Topics, nullable: true);
            wire.Int32(ref TimeoutMs);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public ErrorCode Error;
        public List<TopicOf<PartitionResult>>? Results = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs);
            if (wire.Version >= 1)
            {
                wire.Error(ref Error);
            }

            wire.Array(ref Results);
        }
    }

    internal struct PartitionResult : IMessage
    {
        public int Index;
        public ErrorCode Error;
        public string? ErrorMessage;

        public void Describe(Wire wire)
        {
            wire.Int32(ref Index);
            wire.Error(ref Error);
            wire.NullableString(ref ErrorMessage);
        }
    }
}
