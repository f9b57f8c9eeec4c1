using Millrace.Patterns;
using Millrace.Serialization;

namespace Millrace.Operators;

/// <summary>Writes the shared tree of a key's partial matches: every event and node once.</summary>
internal sealed class PatternTreeWriter<T>(TypeSerializer<T> events)
{
    private readonly Dictionary<MatchEvent<T>, int> _eventNumbers = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<MatchNode<T>, int> _nodeNumbers = new(ReferenceEqualityComparer.Instance);
    private readonly List<MatchEvent<T>> _events = [];
    private readonly List<MatchNode<T>> _nodes = [];

    public void Write(DataWriter section, List<PartialMatch<T>> partial, List<PartialMatch<T>> completed)
    {
        Number(partial);
        Number(completed);
        section.WriteVarUInt32((uint)_events.Count);
        foreach (MatchEvent<T> taken in _events)
        {
            section.WriteVarInt64(taken.Sequence);
            section.WriteVarInt64(taken.Timestamp);
            events.Serialize(taken.Value, section);
        }

        section.WriteVarUInt32((uint)_nodes.Count);
        foreach (MatchNode<T> node in _nodes)
        {
            section.WriteVarUInt32(node.Previous is null ? 0 : (uint)_nodeNumbers[node.Previous] + 1);
            section.WriteVarUInt32((uint)node.Stage);
            section.WriteVarUInt32((uint)_eventNumbers[node.Event]);
        }

        WriteMatches(section, partial);
        WriteMatches(section, completed);
        _eventNumbers.Clear();
        _nodeNumbers.Clear();
        _events.Clear();
        _nodes.Clear();
    }

    private void WriteMatches(DataWriter section, List<PartialMatch<T>> matches)
    {
        section.WriteVarUInt32((uint)matches.Count);
        foreach (PartialMatch<T> match in matches)
        {
            section.WriteVarUInt32((uint)match.Way);
            section.WriteVarUInt32((uint)_nodeNumbers[match.Last]);
            section.WriteVarInt64(match.StartTimestamp);
            section.WriteVarInt64(match.StartSequence);
        }
    }

    private void Number(List<PartialMatch<T>> matches)
    {
        foreach (PartialMatch<T> match in matches)
        {
            int first = _nodes.Count;
            for (MatchNode<T>? node = match.Last; node is not null && !_nodeNumbers.ContainsKey(node); node = node.Previous)
            {
                _nodes.Add(node);
                _nodeNumbers.Add(node, 0);
                if (_eventNumbers.TryAdd(node.Event, _events.Count))
                {
                    _events.Add(node.Event);
                }
            }

            _nodes.Reverse(first, _nodes.Count - first);
            for (int i = first; i < _nodes.Count; i++)
            {
                _nodeNumbers[_nodes[i]] = i;
            }
        }
    }
}
