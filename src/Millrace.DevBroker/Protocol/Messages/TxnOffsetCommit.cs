using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Offsets that are committed together with a transaction.</summary>
internal static class TxnOffsetCommit
{
    internal sealed class Request : IRequest
    {
        public string TransactionalId = "";
        public string GroupId = "";
        public long ProducerId;
        public short ProducerEpoch;
        public int GenerationId = -1;
        public string MemberId = "";
        public string? GroupInstanceId;
        public List<TopicOf<Partition>>? Topics = [];

        public static ApiDescription Api { get; } = new(ApiKey.TxnOffsetCommit, 0, 3, FlexibleSince: 3);

        public void Describe(Wire wire)
        {
            wire.String(ref TransactionalId);
            wire.String(ref GroupId);
            wire.Int64(ref ProducerId);
            wire.Int16(ref ProducerEpoch);
            wire.Int32(ref GenerationId, since: 3);
            wire.String(ref MemberId, since: 3);
            wire.NullableString(ref GroupInstanceId, since: 3);
            wire.Array(ref Topics);
        }
    }

    internal sealed class Partition : IMessage
    {
        public int Index;
        public long CommittedOffset;
        public int CommittedLeaderEpoch = -1;
        public string? CommittedMetadata;

        public void Describe(Wire wire)
        {
            wire.Int32(ref Index);
            wire.Int64(ref CommittedOffset);
            wire.Int32(ref CommittedLeaderEpoch, since: 2);
            wire.NullableString(ref CommittedMetadata);
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
