using System.Runtime.InteropServices;

namespace Millrace.Durable.Protocol;

/// <summary>
/// Puts outputs into the task's state under their final positions, and lets out only those that were there when the batch began: a batch
/// that runs again after a crash may make others, in another order, under the same positions.
/// </summary>
internal sealed class TaskOutbox : ITaskOutput
{
    private readonly KeyedTaskOptions _options;
    private readonly TaskCheckpoint _state;

    // Not checkpointed: how much of the outbox the loaded state held, less what was sent since.
    private int _durableEnvelopes;
    private int _durableSinkEntries;

    public TaskOutbox(KeyedTaskOptions options, TaskCheckpoint state, OutboxMark durable)
    {
        (_options, _state) = (options, state);
        (_durableEnvelopes, _durableSinkEntries) = (durable.Envelopes, durable.SinkEntries);
    }

    public OutboxMark Mark => new(_durableEnvelopes, _durableSinkEntries);

    public ReadOnlySpan<Envelope> DurableEnvelopes =>
        CollectionsMarshal.AsSpan(_state.Envelopes)[..(Guards ? _durableEnvelopes : _state.Envelopes.Count)];

    public ReadOnlySpan<SinkEntry> DurableSinkEntries =>
        CollectionsMarshal.AsSpan(_state.SinkEntries)[..(Guards ? _durableSinkEntries : _state.SinkEntries.Count)];

    private bool Guards => _options.Guards.HasFlag(ProtocolGuards.DurableOutbox);

    public void Send(string edge, int downstream, ReadOnlySpan<byte> payload) =>
        Append(EdgeOf(edge), downstream, PayloadKind.Records, payload.ToArray());

    public void Emit(string sink, ReadOnlySpan<byte> record) =>
        _state.SinkEntries.Add(new SinkEntry(sink, _state.NextSequence++, record.ToArray()));

    /// <summary>Gives every downstream task the watermark, on an envelope of this batch where there is one for it.</summary>
    public void ForwardWatermark()
    {
        foreach (OutputEdge edge in _options.Outputs)
        {
            for (int i = 0; i < edge.Downstreams; i++)
            {
                if (!TryMark(new ChannelId(edge.Name, _options.Task, i)))
                {
                    Append(edge, i, PayloadKind.None, default);
                }
            }
        }
    }

    public void MarkEnvelopesSent()
    {
        int count = DurableEnvelopes.Length;
        if (_options.Guards.HasFlag(ProtocolGuards.Acknowledge))
        {
            _state.Unacknowledged.AddRange(DurableEnvelopes);
        }

        _state.Envelopes.RemoveRange(0, count);
        _durableEnvelopes = 0;
    }

    public void MarkSinkEntriesSent(string sink)
    {
        Span<SinkEntry> entries = CollectionsMarshal.AsSpan(_state.SinkEntries)[..DurableSinkEntries.Length];
        int kept = 0;
        foreach (SinkEntry entry in entries)
        {
            if (!string.Equals(entry.Sink, sink, StringComparison.Ordinal))
            {
                entries[kept++] = entry;
            }
        }

        _state.SinkEntries.RemoveRange(kept, entries.Length - kept);
        _durableSinkEntries = kept;
    }

    private bool TryMark(in ChannelId channel)
    {
        for (int i = _state.Envelopes.Count - 1; i >= _durableEnvelopes; i--)
        {
            Envelope envelope = _state.Envelopes[i];
            if (envelope.Channel == channel)
            {
                _state.Envelopes[i] = envelope with { Watermark = _state.Watermark };
                return true;
            }
        }

        return false;
    }

    private void Append(OutputEdge edge, int downstream, PayloadKind kind, ReadOnlyMemory<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)downstream, (uint)edge.Downstreams, nameof(downstream));
        ChannelId channel = new(edge.Name, _options.Task, downstream);
        long previous = _state.Positions.GetValueOrDefault(channel, SentPositions.None);
        ChannelSender sender = new(_options.Job, channel, epoch: 0, previous);

        // Not yet the new watermark: outputs of a watermark's own firing are not late to it.
        sender.Send(
            kind,
            previous + 1,
            previous + 1,
            payload,
            kind == PayloadKind.None ? _state.Watermark : long.MinValue,
            _state.Envelopes
        );
        _state.Positions[channel] = sender.Previous;
    }

    private OutputEdge EdgeOf(string name)
    {
        foreach (OutputEdge edge in _options.Outputs)
        {
            if (edge.Name == name)
            {
                return edge;
            }
        }

        throw new ArgumentException(
            $"Task {_options.Stage}/{_options.Task} has no output edge '{name}'; its edges are: "
                + $"{string.Join(", ", _options.Outputs.Select(e => e.Name))}.",
            nameof(name)
        );
    }
}

/// <summary>
/// How much of a task's state was durable when its batch began: of the outbox, less what was sent since, and of the channels between keyed
/// tasks. Kept beside a state that was saved between two operations of a batch: such a state is not durable yet, and what it holds on top
/// of this must not leave.
/// </summary>
internal readonly record struct OutboxMark(int Envelopes, int SinkEntries, IReadOnlyDictionary<ChannelId, long>? Applied = null);

/// <summary>A record on its way to a sink, with the sequence number that makes its id stable.</summary>
internal readonly record struct SinkEntry(string Sink, long Sequence, ReadOnlyMemory<byte> Record);
