namespace Millrace.Durable.Protocol;

/// <summary>
/// Both ends of the channels between keyed tasks. A host may take a message and never run it (the process that runs a batch dies, and the
/// durable extension calls its operations failed), so the sender keeps what it has sent until the receiver says that it is applied in a
/// durable state.
/// </summary>
internal sealed class TaskAcknowledgements(KeyedTaskOptions options, TaskCheckpoint state, IReadOnlyDictionary<ChannelId, long> durable)
{
    /// <summary>Acknowledged at once when so many positions wait; fewer wait for the next tick.</summary>
    public const int Every = 8;

    // Not checkpointed.
    private bool _isDue;

    /// <summary>A tick has come: what waits is acknowledged, unless it is only watermarks.</summary>
    public void MarkDue() => _isDue = true;

    /// <summary>Acknowledgements that may leave now. They count as sent.</summary>
    public IReadOnlyList<Acknowledgement> Take()
    {
        if (durable.Count == 0 || !options.Guards.HasFlag(ProtocolGuards.Acknowledge))
        {
            return [];
        }

        List<Acknowledgement>? all = null;
        foreach ((ChannelId id, long applied) in durable)
        {
            ChannelReceiver channel = state.Channels[id];
            long waiting = applied - channel.Acknowledged;
            if (waiting >= Every || (_isDue && waiting > 0 && channel.OwesAcknowledgement))
            {
                channel.Acknowledge(applied);
                (all ??= []).Add(
                    new Acknowledgement
                    {
                        Job = options.Job,
                        Channel = id,
                        Applied = applied,
                    }
                );
            }
        }

        _isDue = false;
        return all ?? (IReadOnlyList<Acknowledgement>)[];
    }

    /// <summary>Forgets what a receiver has, and returns what it asks for.</summary>
    public IReadOnlyList<Envelope> Accept(Acknowledgement acknowledgement)
    {
        if (acknowledgement.Job != options.Job)
        {
            return [];
        }

        state.Unacknowledged.RemoveAll(envelope => envelope.Channel == acknowledgement.Channel && envelope.To <= acknowledgement.Applied);
        return acknowledgement.AsksForRest ? state.Unacknowledged.FindAll(envelope => envelope.Channel == acknowledgement.Channel) : [];
    }
}
