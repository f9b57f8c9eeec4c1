using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>How far groups have read; up to version 7 of one group, from version 8 on of several.</summary>
internal static class OffsetFetch
{
    internal sealed class Request : IRequest
    {
        public string GroupId = "";
        public List<TopicPartitions>? Topics = [];
        public List<Group>? Groups = [];
        public bool RequireStable;

        public static ApiDescription Api { get; } = new(ApiKey.OffsetFetch, 0, 9, FlexibleSince: 6);

        public void Describe(Wire wire)
        {
            wire.String(ref GroupId, until: 7);
            wire.Array(ref Topics, until: 7, nullable: true);
            wire.Array(ref Groups, since: 8);
            wire.Boolean(ref RequireStable, since: 7);
        }
    }

    internal sealed class Group : IMessage
    {
        public string GroupId = "";
        public string? MemberId;
        public int MemberEpoch = -1;
        public List<TopicPartitions>? Topics = [];

        public void Describe(Wire wire)
        {
            wire.String(ref GroupId);
            wire.NullableString(ref MemberId, since: 9);
            wire.Int32(ref MemberEpoch, since: 9);
            wire.Array(ref Topics, nullable: true);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public List<TopicOf<PartitionResult>>? Topics = [];
        public ErrorCode Error;
        public List<GroupResult>? Groups = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs, since: 3);
            wire.Array(ref Topics, until: 7);
            wire.Error(ref Error, since: 2, until: 7);
            wire.Array(ref Groups, since: 8);
        }
    }

    internal sealed class GroupResult : IMessage
    {
        public string GroupId = "";
        public List<TopicOf<PartitionResult>>? Topics = [];
        public ErrorCode Error;

        public void Describe(Wire wire)
        {
            wire.String(ref GroupId);
            wire.Array(ref Topics);
            wire.Error(ref Error);
        }
    }

    internal sealed class PartitionResult : IMessage
    {
        public int Index;
        public long CommittedOffset;
        public int CommittedLeaderEpoch = -1;
        public string? Metadata;
        public ErrorCode Error;

        public void Describe(Wire wire)
        {
            wire.Int32(ref Index);
            wire.Int64(ref CommittedOffset);
            wire.Int32(ref CommittedLeaderEpoch, since: 5);
            wire.NullableString(ref Metadata);
            wire.Error(ref Error);
        }
    }
}
