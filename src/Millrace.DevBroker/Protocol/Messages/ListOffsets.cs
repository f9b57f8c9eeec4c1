using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Offsets by timestamp, and the ends of partitions.</summary>
internal static class ListOffsets
{
    internal sealed class Request : IRequest
    {
        public int ReplicaId = -1;
        public sbyte IsolationLevel;
        public List<TopicOf<Partition>>? Topics = [];
        public int TimeoutMs;

        public static ApiDescription Api { get; } = new(ApiKey.ListOffsets, 1, 10, FlexibleSince: 6);

        public void Describe(Wire wire)
        {
            wire.Int32(ref ReplicaId);
            wire.Int8(ref IsolationLevel, since: 2);
            wire.Array(ref Topics);
            wire.Int32(ref TimeoutMs, since: 10);
        }
    }

    internal struct Partition : IMessage
    {
        public int Index;
        public int CurrentLeaderEpoch;

        /// <summary>A time in Unix milliseconds, or one of the negative numbers in <see cref="ListOffsetsTimestamp"/>.</summary>
        public long Timestamp;

        public void Describe(Wire wire)
        {
            wire.Int32(ref Index);
            wire.Int32(ref CurrentLeaderEpoch, since: 4);
            wire.Int64(ref Timestamp);
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
        public int Index;
        public ErrorCode Error;
        public long Timestamp;
        public long Offset;
        public int LeaderEpoch;

        public void Describe(Wire wire)
        {
            wire.Int32(ref Index);
            wire.Error(ref Error);
            wire.Int64(ref Timestamp);
            wire.Int64(ref Offset);
            wire.Int32(ref LeaderEpoch, since: 4);
        }
    }
}
