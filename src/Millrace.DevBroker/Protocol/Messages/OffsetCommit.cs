using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>A group commits how far it has read.</summary>
internal static class OffsetCommit
{
    internal sealed class Request : IRequest
    {
        public string GroupId = "";
        public int GenerationId = -1;
        public string MemberId = "";
        public string? GroupInstanceId;
        public long RetentionTimeMs = -1;
        public List<TopicOf<Partition>>? Topics = [];

        public static ApiDescription Api { get; } = new(ApiKey.OffsetCommit, 0, 9, FlexibleSince: 8);

        public void Describe(Wire wire)
        {
            wire.String(ref GroupId);
            wire.Int32(ref GenerationId, since: 1);
            wire.String(ref MemberId, since: 1);
            wire.NullableString(ref GroupInstanceId, since: 7);
            wire.Int64(ref RetentionTimeMs, since: 2, until: 4);
            wire.Array(ref Topics);
        }
    }

    internal sealed class Partition : IMessage
    {
        public int Index;
        public long CommittedOffset;
        public int CommittedLeaderEpoch = -1;
        public long CommitTimestamp = -1;
        public string? CommittedMetadata;

        public void Describe(Wire wire)
        {
            wire.Int32(ref Index);
            wire.Int64(ref CommittedOffset);
            wire.Int32(ref CommittedLeaderEpoch, since: 6);
            wire.Int64(ref CommitTimestamp, since: 1, until: 1);
            wire.NullableString(ref CommittedMetadata);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public List<TopicOf<PartitionError>>? Topics = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs, since: 3);
            wire.Array(ref Topics);
        }
    }
}
