using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Appends record batches to partitions.</summary>
internal static class Produce
{
    internal sealed class Request : IRequest
    {
        public string? TransactionalId;

        /// <summary>0: no answer wanted. 1 and -1: answered once appended, which with one broker is the same.</summary>
        public short Acks;
        public int TimeoutMs;
        public List<TopicOf<Partition>>? Topics = [];

        public static ApiDescription Api { get; } = new(ApiKey.Produce, 3, 11, FlexibleSince: 9) { AnnouncedMinVersion = 0 };

        public void Describe(Wire wire)
        {
            wire.NullableString(ref TransactionalId, since: 3);
            wire.Int16(ref Acks);
            wire.Int32(ref TimeoutMs);
            wire.Array(ref Topics);
        }
    }

    internal struct Partition : IMessage
    {
        public int Index;
        public RecordsField Records;

        public void Describe(Wire wire)
        {
            wire.Int32(ref Index);
            wire.Records(ref Records);
        }
    }

    internal sealed class Response : IMessage
    {
        public List<TopicOf<PartitionResult>>? Topics = [];
        public int ThrottleTimeMs;

        public void Describe(Wire wire)
        {
            wire.Array(ref Topics);
            wire.Int32(ref ThrottleTimeMs, since: 1);
        }
    }

    internal struct PartitionResult : IMessage
    {
        public int Index;
        public ErrorCode Error;
        public long BaseOffset;
        public long LogAppendTimeMs;
        public long LogStartOffset;
        public List<RecordError>? RecordErrors;
        public string? ErrorMessage;

        public void Describe(Wire wire)
        {
            wire.Int32(ref Index);
            wire.Error(ref Error);
            wire.Int64(ref BaseOffset);
            wire.Int64(ref LogAppendTimeMs, since: 2);
            wire.Int64(ref LogStartOffset, since: 5);
            wire.Array(ref RecordErrors, since: 8);
            wire.NullableString(ref ErrorMessage, since: 8);
        }
    }

    internal struct RecordError : IMessage
    {
        public int BatchIndex;
        public string? Message;

        public void Describe(Wire wire)
        {
            wire.Int32(ref BatchIndex);
            wire.NullableString(ref Message);
        }
    }
}
