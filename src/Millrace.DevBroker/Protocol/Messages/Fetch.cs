using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Reads record batches from partitions, and waits for them if there are none yet.</summary>
internal static class Fetch
{
    internal sealed class Request : IRequest
    {
        public int ReplicaId = -1;
        public int MaxWaitMs;
        public int MinBytes;
        public int MaxBytes = int.MaxValue;

        /// <summary>0: read_uncommitted, 1: read_committed.</summary>
        public sbyte IsolationLevel;
        public int SessionId;
        public int SessionEpoch = -1;
        public List<Topic<Partition>>? Topics = [];
        public List<ForgottenTopic>? ForgottenTopics = [];
        public string RackId = "";

        public static ApiDescription Api { get; } = new(ApiKey.Fetch, 4, 17, FlexibleSince: 12);

        public void Describe(Wire wire)
        {
            wire.Int32(ref ReplicaId, until: 14);
            wire.Int32(ref MaxWaitMs);
            wire.Int32(ref MinBytes);
            wire.Int32(ref MaxBytes);
            wire.Int8(ref IsolationLevel);
            wire.Int32(ref SessionId, since: 7);
            wire.Int32(ref SessionEpoch, since: 7);
            wire.Array(ref Topics);
            wire.Array(ref ForgottenTopics, since: 7);
            wire.String(ref RackId, since: 11);
        }
    }

    /// <summary>A topic by its name, or from version 13 on by its id.</summary>
    internal sealed class Topic<TPartition> : IMessage
        where TPartition : IMessage, new()
    {
        public string Name = "";
        public Guid TopicId;
        public List<TPartition>? Partitions = [];

        public void Describe(Wire wire)
        {
            wire.String(ref Name, until: 12);
            wire.Uuid(ref TopicId, since: 13);
            wire.Array(ref Partitions);
        }
    }

    internal struct Partition : IMessage
    {
        public int Index;
        public int CurrentLeaderEpoch;
        public long FetchOffset;
        public int LastFetchedEpoch;
        public long LogStartOffset;
        public int MaxBytes;

        public void Describe(Wire wire)
        {
            wire.Int32(ref Index);
            wire.Int32(ref CurrentLeaderEpoch, since: 9);
            wire.Int64(ref FetchOffset);
            wire.Int32(ref LastFetchedEpoch, since: 12);
            wire.Int64(ref LogStartOffset, since: 5);
            wire.Int32(ref MaxBytes);
        }
    }

    internal sealed class ForgottenTopic : IMessage
    {
        public string Name = "";
        public Guid TopicId;
        public List<int>? Partitions = [];

        public void Describe(Wire wire)
        {
            wire.String(ref Name, until: 12);
            wire.Uuid(ref TopicId, since: 13);
            wire.Int32s(ref Partitions);
        }
    }

    internal sealed class Response : IMessage, IDisposable
    {
        public int ThrottleTimeMs;
        public ErrorCode Error;
        public int SessionId;
        public List<Topic<PartitionResult>>? Topics = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs);
            wire.Error(ref Error, since: 7);
            wire.Int32(ref SessionId, since: 7);
            wire.Array(ref Topics);
        }

        public void Dispose()
        {
            foreach (Topic<PartitionResult> topic in Topics!)
            {
                foreach (PartitionResult partition in topic.Partitions!)
                {
                    partition.Records.Source?.Dispose();
                }
            }
        }
    }

    internal struct PartitionResult : IMessage
    {
        public int Index;
        public ErrorCode Error;
        public long HighWatermark;
        public long LastStableOffset;
        public long LogStartOffset;
        public List<AbortedTransaction>? AbortedTransactions;
        public int PreferredReadReplica;
        public RecordsField Records;

        public void Describe(Wire wire)
        {
            wire.Int32(ref Index);
            wire.Error(ref Error);
            wire.Int64(ref HighWatermark);
            wire.Int64(ref LastStableOffset);
            wire.Int64(ref LogStartOffset, since: 5);
            wire.Array(ref AbortedTransactions, nullable: true);
            wire.Int32(ref PreferredReadReplica, since: 11);
            wire.Records(ref Records);
        }
    }

    internal struct AbortedTransaction : IMessage
    {
        public long ProducerId;
        public long FirstOffset;

        public void Describe(Wire wire)
        {
            wire.Int64(ref ProducerId);
            wire.Int64(ref FirstOffset);
        }
    }
}
