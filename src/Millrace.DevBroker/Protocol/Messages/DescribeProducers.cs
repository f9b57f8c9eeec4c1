using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>The producers that partitions know.</summary>
internal static class DescribeProducers
{
    internal sealed class Request : IRequest
    {
        public List<TopicPartitions>? Topics = [];

        public static ApiDescription Api { get; } = new(ApiKey.DescribeProducers, 0, 0, FlexibleSince: 0);

        public void Describe(Wire wire) => wire.Array(ref Topics);
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public List<TopicOf<PartitionResult>>? Topics = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs);
            wire.Array(ref Topics);
        }
    }

    internal struct PartitionResult : IMessage
    {
        public int Index;
        public ErrorCode Error;
        public string? ErrorMessage;
        public List<Producer>? ActiveProducers;

        public void Describe(Wire wire)
        {
            wire.Int32(ref Index);
            wire.Error(ref Error);
            wire.NullableString(ref ErrorMessage);
            wire.Array(ref ActiveProducers);
        }
    }

    internal struct Producer : IMessage
    {
        public long ProducerId;
        public int ProducerEpoch;
        public int LastSequence;
        public long LastTimestamp;
        public int CoordinatorEpoch;
        public long TransactionStartOffset;

        public void Describe(Wire wire)
        {
            wire.Int64(ref ProducerId);
            wire.Int32(ref ProducerEpoch);
            wire.Int32(ref LastSequence);
            wire.Int64(ref LastTimestamp);
            wire.Int32(ref CoordinatorEpoch);
            wire.Int64(ref TransactionStartOffset);
        }
    }
}
