namespace Millrace.DevBroker.Topics;

/// <summary>One partition of a topic.</summary>
internal sealed class Partition(string topic, int index)
{
    public string Topic { get; } = topic;

    public int Index { get; } = index;

    public int LeaderEpoch { get; }
}
