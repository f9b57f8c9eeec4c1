using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>State of transactional ids.</summary>
internal static class DescribeTransactions
{
    internal sealed class Request : IRequest
    {
        public List<string>? TransactionalIds = [];

        public static ApiDescription Api { get; } = new(ApiKey.DescribeTransactions, 0, 0, FlexibleSince: 0);

        public void Describe(Wire wire)
        {
            wire.Strings(ref TransactionalIds);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public List<Transaction>? Transactions = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs);
            wire.Array(ref Transactions);
        }
    }

    internal sealed class Transaction : IMessage
    {
        public ErrorCode Error;
        public string TransactionalId = "";
        public string State = "";
        public int TimeoutMs;
        public long StartTimeMs = -1;
        public long ProducerId = -1;
        public short ProducerEpoch = -1;
        public List<TopicPartitions>? Topics = [];

        public void Describe(Wire wire)
        {
            wire.Error(ref Error);
            wire.String(ref TransactionalId);
            wire.String(ref State);
            wire.Int32(ref TimeoutMs);
            wire.Int64(ref StartTimeMs);
            wire.Int64(ref ProducerId);
            wire.Int16(ref ProducerEpoch);
            wire.Array(ref Topics);
        }
    }
}
