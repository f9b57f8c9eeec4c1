using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Gives a producer its id and epoch, and fences whoever had its transactional id before.</summary>
internal static class InitProducerId
{
    internal sealed class Request : IRequest
    {
        public string? TransactionalId;
        public int TransactionTimeoutMs;
        public long ProducerId = -1;
        public short ProducerEpoch = -1;

        public static ApiDescription Api { get; } = new(ApiKey.InitProducerId, 0, 4, FlexibleSince: 2);

        public void Describe(Wire wire)
        {
            wire.NullableString(ref TransactionalId);
            wire.Int32(ref TransactionTimeoutMs);
            wire.Int64(ref ProducerId, since: 3);
            wire.Int16(ref ProducerEpoch, since: 3);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public ErrorCode Error;
        public long ProducerId = -1;
        public short ProducerEpoch = -1;

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs);
            wire.Error(ref Error);
            wire.Int64(ref ProducerId);
            wire.Int16(ref ProducerEpoch);
        }
    }
}
