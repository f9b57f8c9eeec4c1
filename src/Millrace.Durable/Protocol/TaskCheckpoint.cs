namespace Millrace.Durable.Protocol;

/// <summary>The checkpointed part of a keyed task, without its logic's own state.</summary>
internal sealed class TaskCheckpoint
{
    /// <summary>Whether the state has parts besides its bytes.</summary>
    public bool HasParts { get; set; }

    public SortedDictionary<ChannelId, ChannelReceiver> Channels { get; } = [];

    /// <summary>Source edges whose channels are all known, because a tick has named them.</summary>
    public SortedSet<string> KnownEdges { get; } = new(StringComparer.Ordinal);

    public long Watermark { get; set; } = long.MinValue;

    /// <summary>The sequence number that the next sink record gets.</summary>
    public long NextSequence { get; set; }

    /// <summary>The last position given out per output channel.</summary>
    public SortedDictionary<ChannelId, long> Positions { get; } = [];

    /// <summary>Envelopes not yet recorded as sent, in the order in which they were made.</summary>
    public List<Envelope> Envelopes { get; } = [];

    /// <summary>Envelopes that were sent, but not yet acknowledged, in the order in which they were made.</summary>
    public List<Envelope> Unacknowledged { get; } = [];

    /// <summary>Sink records not yet recorded as sent, in order of sequence.</summary>
    public List<SinkEntry> SinkEntries { get; } = [];

    /// <summary>A flush is on its way to this task.</summary>
    public bool IsFlushRequested { get; set; }

    /// <summary>
    /// Whether the task only keeps what comes, because a savepoint is taken of what it holds; see <see cref="FreezeNumber"/>.
    /// </summary>
    public bool IsFrozen { get; set; }

    /// <summary>The number of the last freeze or thaw: one that comes late changes nothing.</summary>
    public int FreezeNumber { get; set; }
}
