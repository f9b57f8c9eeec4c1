using Millrace.Patterns;
using Millrace.Serialization;

namespace Millrace.Operators;

/// <summary>Reads what <see cref="PatternTreeWriter{T}"/> wrote.</summary>
internal static class PatternTreeReader<T>
{
    public static void Read(
        ref DataReader data,
        TypeSerializer<T> eventReader,
        List<PartialMatch<T>> partial,
        List<PartialMatch<T>> completed
    )
    {
        MatchEvent<T>[] events = new MatchEvent<T>[data.ReadCount()];
        for (int i = 0; i < events.Length; i++)
        {
            long sequence = data.ReadVarInt64();
            long timestamp = data.ReadVarInt64();
            events[i] = new MatchEvent<T>(eventReader.Deserialize(ref data), timestamp, sequence);
        }

        MatchNode<T>[] nodes = new MatchNode<T>[data.ReadCount()];
        for (int i = 0; i < nodes.Length; i++)
        {
            uint previous = data.ReadVarUInt32();
            uint stage = data.ReadVarUInt32();
            nodes[i] = new MatchNode<T>(previous == 0 ? null : nodes[previous - 1], (int)stage, events[data.ReadVarUInt32()]);
        }

        ReadMatches(ref data, nodes, partial);
        ReadMatches(ref data, nodes, completed);
    }

    private static void ReadMatches(ref DataReader data, MatchNode<T>[] nodes, List<PartialMatch<T>> matches)
    {
        for (uint count = data.ReadVarUInt32(); count > 0; count--)
        {
            int way = (int)data.ReadVarUInt32();
            MatchNode<T> last = nodes[data.ReadVarUInt32()];
            long startTimestamp = data.ReadVarInt64();
            matches.Add(new PartialMatch<T>(way, last, startTimestamp, data.ReadVarInt64()));
        }
    }
}
