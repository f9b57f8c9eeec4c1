using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Commits or aborts.</summary>
internal static class EndTxn
{
    internal sealed class Request : IRequest
    {
        public string TransactionalId = "";
        public long ProducerId;
        public short ProducerEpoch;
        public bool Committed;

        public static ApiDescription Api { get; } = new(ApiKey.EndTxn, 0, 3, FlexibleSince: 3);

        public void Describe(Wire wire)
        {
            wire.String(ref TransactionalId);
            wire.Int64(ref ProducerId);
            wire.Int16(ref ProducerEpoch);
            wire.Boolean(ref Committed);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public ErrorCode Error;

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs);
            wire.Error(ref Error);
        }
    }
}
