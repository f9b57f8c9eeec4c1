using Millrace.Serialization;

namespace Millrace.Durable.Protocol;

/// <summary>
/// A keyed task for the length of one batch of operations: made from the state that the batch loaded, saved as the state that the batch
/// leaves behind. On Azure the batch is an entity's.
/// </summary>
/// <remarks><code>
///  load ─► DurableEnvelopes, DurableSinkEntries: send, mark as sent      (before or among the operations, once)
///       ─► OnEnvelope | OnProgress | OnFlush ...                         (each may add to the outbox)
///       ─► TakeFlushRequest: signal the task itself                      (so that a next batch sends what this one made)
///       ─► Save
/// </code>
/// An operation that throws leaves the task unusable. The host makes a new one from the state before it and calls
/// <see cref="Park"/>.</remarks>
internal sealed class KeyedTask
{
    private readonly KeyedTaskOptions _options;
    private readonly ITaskLogic _logic;

    // Checkpointed.
    private readonly TaskCheckpoint _state = new();

    // Not checkpointed.
    private readonly TaskOutbox _outbox;
    private readonly TaskAcknowledgements _acknowledgements;
    private readonly IReadOnlyDictionary<ChannelId, long> _durableApplied;
    private int _conflicts;
    private HashSet<string>? _failedSinks;

    /// <param name="state">Empty for a task that has no state yet. Not to be changed while this task lives.</param>
    /// <param name="durable">Null for the state that a batch loaded; the <see cref="Mark"/> taken with it for one saved between two
    /// operations.</param>
    /// <param name="parts">What of the state is not in its bytes.</param>
    /// <param name="isWarm">Whether the logic is as it was when the state was saved, and need not be restored.</param>
    /// <exception cref="InvalidDataException">The state is damaged, another's, or without its parts.</exception>
    public KeyedTask(
        KeyedTaskOptions options,
        ITaskLogic logic,
        ReadOnlyMemory<byte> state,
        OutboxMark? durable = null,
        IReadOnlyList<ReadOnlyMemory<byte>>? parts = null,
        bool isWarm = false
    )
    {
        (_options, _logic) = (options, logic);
        if (!state.IsEmpty)
        {
            ReadOnlyMemory<byte> snapshot = TaskCheckpointCodec.Read(state, options, _state);
            if (!isWarm)
            {
                logic.Restore(snapshot, PartsOf(parts ?? []));
            }
        }

        _outbox = new TaskOutbox(options, _state, durable ?? new OutboxMark(_state.Envelopes.Count, _state.SinkEntries.Count));
        AddUpstreamChannels();
        _durableApplied =
            durable?.Applied
            ?? _state
                .Channels.Values.Where(channel => InputOf(channel.Id.Edge) is { IsSource: false })
                .ToDictionary(channel => channel.Id, channel => channel.Applied);
        _acknowledgements = new TaskAcknowledgements(options, _state, _durableApplied);
    }

    /// <summary>Envelopes that may leave now.</summary>
    public ReadOnlySpan<Envelope> DurableEnvelopes => _outbox.DurableEnvelopes;

    /// <summary>Sink records that may leave now, in order of sequence.</summary>
    public ReadOnlySpan<SinkEntry> DurableSinkEntries => _outbox.DurableSinkEntries;

    /// <summary>Goes with a <see cref="Save()"/> between two operations of a batch.</summary>
    public OutboxMark Mark => _outbox.Mark with { Applied = _durableApplied };

    public long Watermark => _state.Watermark;

    /// <summary>Whether the task only keeps what comes.</summary>
    public bool IsFrozen => _state.IsFrozen;

    public ITaskLogic Logic => _logic;

    /// <summary>Where work that no message brings, such as timers of processing time, puts its outputs.</summary>
    public ITaskOutput Output => _outbox;

    public IReadOnlyCollection<ChannelReceiver> Channels => _state.Channels.Values;

    /// <summary>What other keyed tasks have not yet said to have applied.</summary>
    public IReadOnlyList<Envelope> Unacknowledged => _state.Unacknowledged;

    /// <summary>All sink records that have not been recorded as sent, durable or not.</summary>
    public IReadOnlyList<SinkEntry> SinkEntries => _state.SinkEntries;

    /// <summary>All envelopes that have not been recorded as sent, durable or not.</summary>
    public IReadOnlyList<Envelope> Envelopes => _state.Envelopes;

    public bool HasOutput => _state.Envelopes.Count > 0 || _state.SinkEntries.Count > 0;

    /// <summary>Whole payloads that were refused though nobody was racing with them: never, unless the protocol is broken.</summary>
    public int Conflicts => _conflicts;

    public ReceiveOutcome OnEnvelope(Envelope envelope)
    {
        if (envelope.Job != _options.Job || envelope.Channel.Downstream != _options.Task || InputOf(envelope.Channel.Edge) is not { } edge)
        {
            return ReceiveOutcome.Foreign;
        }

        ChannelReceiver channel = ChannelOf(envelope.Channel);
        if (_state.IsFrozen)
        {
            return HoldBack(edge, channel, envelope);
        }

        if (envelope.To <= channel.Applied)
        {
            // All that it followed was applied, so its watermark holds too.
            channel.Advance(envelope.To, envelope.Watermark);
            channel.Repeat(envelope.To);
            AdvanceWatermark();
            return ReceiveOutcome.Duplicate;
        }

        if (channel.IsConflict(envelope, _options.Guards))
        {
            _conflicts += envelope.IsResend || channel.IsResent ? 0 : 1;
            return ReceiveOutcome.Conflict;
        }

        if (envelope.FragmentCount == 1 && channel.Follows(envelope, _options.Guards))
        {
            Apply(channel, envelope);
            Drain(channel);
            AdvanceWatermark();
            return ReceiveOutcome.Applied;
        }

        return HoldBack(edge, channel, envelope);
    }

    /// <summary>Takes what a tick tells about one edge, and tries again what was parked.</summary>
    public void OnProgress(Progress progress)
    {
        if (progress.Job != _options.Job || InputOf(progress.Edge) is null)
        {
            return;
        }

        Thaw(progress.FreezeNumber);
        if (_state.IsFrozen)
        {
            return;
        }

        foreach (PartitionProgress partition in progress.Partitions)
        {
            ChannelReceiver channel = ChannelOf(new ChannelId(progress.Edge, partition.Upstream, _options.Task));
            channel.Tell(partition, _options.Guards);
        }

        _state.KnownEdges.Add(progress.Edge);
        _acknowledgements.MarkDue();
        OnFlush();
    }

    /// <summary>Makes a batch happen, so that what is durable is sent; tries again what was parked.</summary>
    public void OnFlush()
    {
        if (_state.IsFrozen)
        {
            _state.IsFlushRequested = false;
            return;
        }

        if (!_state.IsFlushRequested)
        {
            // Not our own: a tick's.
            _acknowledgements.MarkDue();
        }

        _state.IsFlushRequested = false;
        foreach (ChannelReceiver channel in _state.Channels.Values)
        {
            Drain(channel);
        }

        AdvanceWatermark();
    }

    /// <summary>The last position that a channel has applied.</summary>
    public long AppliedOf(in ChannelId channel) =>
        _state.Channels.TryGetValue(channel, out ChannelReceiver? end) ? end.Applied : SentPositions.None;

    /// <summary>Channels from sources that lack something, each with the last position of it.</summary>
    public IReadOnlyList<(ChannelId Channel, long Applied, long To)> MissingFromSources()
    {
        List<(ChannelId, long, long)>? missing = null;
        foreach (ChannelReceiver channel in _state.Channels.Values)
        {
            if (
                !_state.IsFrozen
                && InputOf(channel.Id.Edge) is { IsSource: true }
                && channel.MissingTo() is var to and not SentPositions.None
            )
            {
                (missing ??= []).Add((channel.Id, channel.Applied, to));
            }
        }

        return missing ?? (IReadOnlyList<(ChannelId, long, long)>)[];
    }

    /// <summary>
    /// From now on the task keeps what comes, as far as it holds back, and applies nothing: a savepoint is taken of what it has applied.
    /// What was sent before the savepoint's cut and comes after it must not have an effect, since a start from the savepoint brings it
    /// again.
    /// </summary>
    /// <param name="number">Grows with each freeze of the job.</param>
    public void Freeze(int number)
    {
        if (number > _state.FreezeNumber)
        {
            (_state.IsFrozen, _state.FreezeNumber) = (true, number);
        }
    }

    /// <summary>Undoes a freeze of this number or an earlier one. What was kept is applied with the next flush.</summary>
    /// <param name="number">The freeze; 0 = none.</param>
    public void Thaw(int number)
    {
        if (number > 0 && number >= _state.FreezeNumber)
        {
            (_state.IsFrozen, _state.FreezeNumber) = (false, number);
        }
    }

    /// <summary>Takes the word of a receiver; returns what is to be sent again, all of it durable.</summary>
    public IReadOnlyList<Envelope> OnAcknowledgement(Acknowledgement acknowledgement) =>
        _state.IsFrozen ? [] : _acknowledgements.Accept(acknowledgement);

    /// <summary>What senders of channels between keyed tasks are to be told now. To be sent with the operation under way.</summary>
    public IReadOnlyList<Acknowledgement> TakeAcknowledgements() => _acknowledgements.Take();

    /// <summary>Keeps an envelope whose application failed; it is tried again with the next flush or tick.</summary>
    public void Park(Envelope envelope)
    {
        if (envelope.Job == _options.Job && envelope.Channel.Downstream == _options.Task && InputOf(envelope.Channel.Edge) is not null)
        {
            ChannelOf(envelope.Channel).Hold(envelope);
        }
    }

    /// <summary>Records that all of <see cref="DurableEnvelopes"/> were sent. They leave the state with this batch.</summary>
    public void MarkEnvelopesSent() => _outbox.MarkEnvelopesSent();

    /// <summary>
    /// Records that those of <see cref="DurableSinkEntries"/> that are for one sink were acknowledged. They leave the state with this
    /// batch.
    /// </summary>
    public void MarkSinkEntriesSent(string sink) => _outbox.MarkSinkEntriesSent(sink);

    /// <summary>A sink did not take its records. They stay, and the next tick tries again: a flush at once would only spin.</summary>
    public void MarkSinkFailed(string sink) => (_failedSinks ??= new HashSet<string>(StringComparer.Ordinal)).Add(sink);

    /// <summary>
    /// True once when the state holds something to send, or more is to be done at once, and no flush is under way: the host signals the
    /// task itself.
    /// </summary>
    public bool TakeFlushRequest(bool hasMore = false)
    {
        if (_state.IsFlushRequested || (_state.Envelopes.Count == 0 && !HasEntriesForHealthySinks() && !hasMore))
        {
            return false;
        }

        return _state.IsFlushRequested = true;
    }

    /// <summary>The whole state.</summary>
    public byte[] Save() => Save(int.MaxValue, out _);

    /// <summary>The state, without its parts.</summary>
    /// <param name="wholeBytes">What the logic has of more bytes than this may be in parts.</param>
    /// <param name="parts">Its parts.</param>
    public byte[] Save(int wholeBytes, out LogicParts parts)
    {
        DataWriter writer = new(1024);
        TaskCheckpointCodec.Write(writer, _options, _state);
        parts = _logic.Snapshot(writer, wholeBytes);
        byte[] state = writer.ToArray();
        if (parts.Count > 0)
        {
            TaskCheckpointCodec.MarkParts(state);
        }

        return state;
    }

    private IReadOnlyList<ReadOnlyMemory<byte>> PartsOf(IReadOnlyList<ReadOnlyMemory<byte>> parts) =>
        parts.Count > 0 == _state.HasParts
            ? parts
            : throw new InvalidDataException(
                $"State of task {_options.Job}/{_options.Stage}/{_options.Task}: it has {parts.Count} parts, but its bytes say that it has "
                    + $"{(_state.HasParts ? "some" : "none")}; give the task its own parts, or start the job from a savepoint."
            );

    private bool HasEntriesForHealthySinks() =>
        _failedSinks is null ? _state.SinkEntries.Count > 0 : _state.SinkEntries.Exists(entry => !_failedSinks.Contains(entry.Sink));

    private ReceiveOutcome HoldBack(InputEdge edge, ChannelReceiver channel, Envelope envelope)
    {
        bool dropped = false;
        if (channel.Hold(envelope) && (edge.IsSource || _options.Guards.HasFlag(ProtocolGuards.Acknowledge)))
        {
            dropped = channel.Trim(_options.MaxHeldBackBytes, envelope);
        }

        bool applied = !_state.IsFrozen && Drain(channel);
        if (!_state.IsFrozen)
        {
            AdvanceWatermark();
        }

        return dropped ? ReceiveOutcome.Dropped
            : applied ? ReceiveOutcome.Applied
            : ReceiveOutcome.HeldBack;
    }

    private void Apply(ChannelReceiver channel, Envelope envelope)
    {
        if (envelope.Kind != PayloadKind.None)
        {
            long after = _options.Guards.HasFlag(ProtocolGuards.OverlapFilter) ? channel.Applied : SentPositions.None;
            _logic.Apply(channel.Id, envelope.Kind, envelope.Payload, after, _outbox);
            channel.OwesAcknowledgement |= _durableApplied.ContainsKey(channel.Id);
        }

        channel.Advance(envelope.To, envelope.Watermark);
        channel.IsResent = envelope.IsResend;
    }

    private bool Drain(ChannelReceiver channel)
    {
        bool any = false;
        while (channel.Held.Count > 0 && channel.TryTake(_options.Guards, out Envelope? envelope, ref _conflicts))
        {
            Apply(channel, envelope);
            any = true;
        }

        return any;
    }

    private void AdvanceWatermark()
    {
        long watermark = long.MaxValue;
        foreach (InputEdge edge in _options.Inputs)
        {
            if (edge.IsSource && !_state.KnownEdges.Contains(edge.Name))
            {
                return;
            }
        }

        foreach (ChannelReceiver channel in _state.Channels.Values)
        {
            watermark = Math.Min(watermark, channel.Watermark);
        }

        if (watermark > _state.Watermark && _state.Channels.Count > 0)
        {
            _state.Watermark = watermark;
            _logic.AdvanceWatermark(watermark, _outbox);
            _outbox.ForwardWatermark();
        }
    }

    private void AddUpstreamChannels()
    {
        foreach (InputEdge edge in _options.Inputs)
        {
            for (int i = 0; !edge.IsSource && i < edge.Upstreams; i++)
            {
                ChannelOf(new ChannelId(edge.Name, i, _options.Task));
            }
        }
    }

    private InputEdge? InputOf(string name)
    {
        foreach (InputEdge edge in _options.Inputs)
        {
            if (edge.Name == name)
            {
                return edge;
            }
        }

        return null;
    }

    private ChannelReceiver ChannelOf(in ChannelId id)
    {
        if (!_state.Channels.TryGetValue(id, out ChannelReceiver? channel))
        {
            channel = new ChannelReceiver(id);
            _state.Channels.Add(id, channel);
        }

        return channel;
    }
}
