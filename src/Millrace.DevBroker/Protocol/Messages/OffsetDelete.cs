using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Forgets what a group has committed for partitions.</summary>
internal static class OffsetDelete
{
    internal sealed class Request : IRequest
    {
        public string GroupId = "";
        public List<TopicOf<Partition>>? Topics = [];

        public static ApiDescription Api { get; } = new(ApiKey.OffsetDelete, 0, 0);

        public void Describe(Wire wire)
        {
            wire.String(ref GroupId);
            wire.Array(ref Topics);
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
        public List<TopicOf<PartitionError>>? Topics = [];

        public void Describe(Wire wire)
        {
            wire.Error(ref Error);
            wire.Int32(ref ThrottleTimeMs);
            wire.Array(ref Topics);
        }
    }
}
