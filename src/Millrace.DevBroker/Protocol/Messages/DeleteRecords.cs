using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Removes the beginning of partitions.</summary>
internal static class DeleteRecords
{
    internal sealed class Request : IRequest
    {
        public List<TopicOf<Partition>>? Topics = [];
        public int TimeoutMs;

        public static ApiDescription Api { get; } = new(ApiKey.DeleteRecords, 0, 2, FlexibleSince: 2);

        public void Describe(Wire wire)
        {
            wire.Array(ref Topics);
            wire.Int32(ref TimeoutMs);
        }
    }

    internal struct Partition : IMessage
    {
        public int Index;

        /// <summary>First offset that is kept; -1 removes all.</summary>
        public long Offset;

        public void Describe(Wire wire)
        {
            wire.Int32(ref Index);
            wire.Int64(ref Offset);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public List<TopicOf<PartitionResult>>? Topics = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs);
            wire.Array(ref Topics);
        }
    }

    internal struct PartitionResult : IMessage
    {
        public int Index;
        public long LowWatermark;
        public ErrorCode Error;

        public void Describe(Wire wire)
        {
            wire.Int32(ref Index);
            wire.Int64(ref LowWatermark);
            wire.Error(ref Error);
        }
    }
}
