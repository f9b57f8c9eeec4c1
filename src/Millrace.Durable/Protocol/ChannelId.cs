namespace Millrace.Durable.Protocol;

/// <summary>
/// One channel: the upstream task (a partition, where the upstream is a source) and the downstream task of one edge of the job graph.
/// The edge's name is unique in the job, so that two edges between the same two stages stay apart.
/// </summary>
internal readonly record struct ChannelId(string Edge, int Upstream, int Downstream) : IComparable<ChannelId>
{
    public int CompareTo(ChannelId other)
    {
        int order = string.CompareOrdinal(Edge, other.Edge);
        if (order != 0)
        {
            return order;
        }

        order = Upstream.CompareTo(other.Upstream);
        return order != 0 ? order : Downstream.CompareTo(other.Downstream);
    }

    public override string ToString() => $"{Edge}:{Upstream}->{Downstream}";
}

/// <summary>A channel whose receiver lacks what the ledger says was sent: positions <c>(Applied, Sent]</c>.</summary>
internal readonly record struct ChannelLag(ChannelId Channel, long Applied, long Sent);
