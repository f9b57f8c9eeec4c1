using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>The offsets of a group become part of the producer's transaction.</summary>
internal static class AddOffsetsToTxn
{
    internal sealed class Request : IRequest
    {
        public string TransactionalId = "";
        public long ProducerId;
        public short ProducerEpoch;
        public string GroupId = "";

        public static ApiDescription Api { get; } = new(ApiKey.AddOffsetsToTxn, 0, 3, FlexibleSince: 3);

        public void Describe(Wire wire)
        {
            wire.String(ref TransactionalId);
            wire.Int64(ref ProducerId);
            wire.Int16(ref ProducerEpoch);
            wire.String(ref GroupId);
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
