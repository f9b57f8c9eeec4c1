using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>A topic by its name, with a structure for each of some partitions.</summary>
internal sealed class TopicOf<TPartition> : IMessage
    where TPartition : IMessage, new()
{
    public string Name = "";
    public List<TPartition>? Partitions = [];

    public void Describe(Wire wire)
    {
        wire.String(ref Name);
        wire.Array(ref Partitions);
    }
}

/// <summary>A topic by its name, with the plain numbers of some partitions: unlike structures, they never end with tags.</summary>
internal sealed class TopicPartitions : IMessage
{
    public string Name = "";
    public List<int>? Partitions = [];

    public void Describe(Wire wire)
    {
        wire.String(ref Name);
        wire.Int32s(ref Partitions);
    }
}

/// <summary>What became of a request, for one partition.</summary>
internal sealed class PartitionError : IMessage
{
    public int Index;
    public ErrorCode Error;

    public void Describe(Wire wire)
    {
        wire.Int32(ref Index);
        wire.Error(ref Error);
    }
}
