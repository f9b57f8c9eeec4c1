using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Where partitions are stored and how large they are.</summary>
internal static class DescribeLogDirs
{
    internal sealed class Request : IRequest
    {
        /// <summary>Null asks for all.</summary>
        public List<TopicPartitions>? Topics = [];

        public static ApiDescription Api { get; } = new(ApiKey.DescribeLogDirs, 0, 4, FlexibleSince: 2);

        public void Describe(Wire wire) => wire.Array(ref Topics, nullable: true);
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public ErrorCode Error;
        public List<Directory>? Results = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs);
            wire.Error(ref Error, since: 3);
            wire.Array(ref Results);
        }
    }

    internal sealed class Directory : IMessage
    {
        public ErrorCode Error;
        public string Path = "";
        public List<TopicOf<PartitionResult>>? Topics = [];
        public long TotalBytes = -1;
        public long UsableBytes = -1;

        public void Describe(Wire wire)
        {
            wire.Error(ref Error);
            wire.String(ref Path);
            wire.Array(ref Topics);
            wire.Int64(ref TotalBytes, since: 4);
            wire.Int64(ref UsableBytes, since: 4);
        }
    }

    internal struct PartitionResult : IMessage
    {
        public int Index;
        public long Size;
        public long OffsetLag;
        public bool IsFutureKey;

        public void Describe(Wire wire)
        {
            wire.Int32(ref Index);
            wire.Int64(ref Size);
            wire.Int64(ref OffsetLag);
            wire.Boolean(ref IsFutureKey);
        }
    }
}
