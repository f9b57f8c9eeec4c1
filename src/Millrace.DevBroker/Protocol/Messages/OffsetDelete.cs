using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Forgets what a group has committed for partitions.</summary>
internal static class OffsetDelete
{
    internal sealed class Request : IRequest
    {
        public string GroupId = "";
        public List<Topic>? Topics = [];

        public static ApiDescription Api { get; } = new(ApiKey.OffsetDelete, 0, 0);

        public void Describe(Wire wire)
        {
            wire.String(ref GroupId);
            wire.Array(ref Topics);
        }
    }

    internal sealed class Topic : IMessage
    {
        public string Name = "";
        public List<Partition>? Partitions = [];

        public void Describe(Wire wire)
        {
            wire.String(ref Name);
            wire.Array(ref Partitions);
        }
    }

    internal sealed class Partition : IMessage
    {
        public int Index;

        public void Describe(Wire wire)
        {
            wire.Int32(ref Index);
        }
    }

    internal sealed class Response : IMessage
    {
        public ErrorCode Error;
        public int ThrottleTimeMs;
        public List<TopicResult>? Topics = [];

        public void Describe(Wire wire)
        {
            wire.Error(ref Error);
            wire.Int32(ref ThrottleTimeMs);
            wire.Array(ref Topics);
        }
    }

    internal sealed class TopicResult : IMessage
    {
        public string Name = "";
        public List<PartitionResult>? Partitions = [];

        public void Describe(Wire wire)
        {
            wire.String(ref Name);
            wire.Array(ref Partitions);
        }
    }

    internal sealed class PartitionResult : IMessage
    {
        public int Index;
        public ErrorCode Error;

        public void Describe(Wire wire)
        {
            wire.Int32(ref Index);
            wire.Error(ref Error);
        }
    }
}
