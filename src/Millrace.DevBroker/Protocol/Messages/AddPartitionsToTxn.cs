using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Partitions that the producer is about to write to become part of its transaction.</summary>
internal static class AddPartitionsToTxn
{
    internal sealed class Request : IRequest
    {
        public string TransactionalId = "";
        public long ProducerId;
        public short ProducerEpoch;
        public List<TopicPartitions>? Topics = [];

        public static ApiDescription Api { get; } = new(ApiKey.AddPartitionsToTxn, 0, 3, FlexibleSince: 3);

        public void Describe(Wire wire)
        {
            wire.String(ref TransactionalId);
            wire.Int64(ref ProducerId);
            wire.Int16(ref ProducerEpoch);
            wire.Array(ref Topics);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public List<TopicOf<PartitionError>>? Topics = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs);
            wire.Array(ref Topics);
        }
    }
}
