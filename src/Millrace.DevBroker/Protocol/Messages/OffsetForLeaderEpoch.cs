using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Where a leader epoch of a partition ends.</summary>
internal static class OffsetForLeaderEpoch
{
    internal sealed class Request : IRequest
    {
        public int ReplicaId = -2;
        public List<TopicOf<Partition>>? Topics = [];

        public static ApiDescription Api { get; } = new(ApiKey.OffsetForLeaderEpoch, 0, 4, FlexibleSince: 4);

        public void Describe(Wire wire)
        {
            wire.Int32(ref ReplicaId, since: 3);
            wire.Array(ref Topics);
        }
    }

    internal struct Partition : IMessage
    {
        public int Index;
        public int CurrentLeaderEpoch;
        public int LeaderEpoch;

        public void Describe(Wire wire)
        {
            wire.Int32(ref Index);
            wire.Int32(ref CurrentLeaderEpoch, since: 2);
            wire.Int32(ref LeaderEpoch);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public List<TopicOf<PartitionResult>>? Topics = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs, since: 2);
            wire.Array(ref Topics);
        }
    }

    internal struct PartitionResult : IMessage
    {
        public ErrorCode Error;
        public int Index;
        public int LeaderEpoch;
        public long EndOffset;

        public void Describe(Wire wire)
        {
            wire.Error(ref Error);
            wire.Int32(ref Index);
            wire.Int32(ref LeaderEpoch, since: 1);
            wire.Int64(ref EndOffset);
        }
    }
}
