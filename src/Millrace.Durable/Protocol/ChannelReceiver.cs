namespace Millrace.Durable.Protocol;

/// <summary>The receiving end of one channel: what was applied, and what waits.</summary>
internal sealed class ChannelReceiver(ChannelId id)
{
    public ChannelId Id => id;

    // Checkpointed.
    private readonly List<Envelope> _held = [];

    public long Applied { get; set; } = SentPositions.None;

    public long Watermark { get; set; } = long.MinValue;

    /// <summary>A watermark told by a tick, valid once <see cref="PendingPosition"/> is applied.</summary>
    public long PendingWatermark { get; set; } = long.MinValue;

    public long PendingPosition { get; set; } = SentPositions.None;

    /// <summary>Of a channel between keyed tasks: the last position that its sender was told of.</summary>
    public long Acknowledged { get; set; } = SentPositions.None;

    /// <summary>Whether more than watermarks was applied since.</summary>
    public bool OwesAcknowledgement { get; set; }

    /// <summary>
    /// Whether a resend has got to <see cref="Applied"/>: it ends where the topic was read to, which may be amid what the source sent
    /// whole.
    /// </summary>
    public bool IsResent { get; set; }

    public IReadOnlyList<Envelope> Held => _held;

    public int HeldBytes { get; private set; }

    /// <summary>Keeps an envelope until it can be taken. False for a fragment that is already kept.</summary>
    public bool Hold(Envelope envelope)
    {
        foreach (Envelope held in _held)
        {
            if (IsSamePayload(held, envelope) && held.Fragment == envelope.Fragment)
            {
                return false;
            }
        }

        Keep(envelope);
        return true;
    }

    /// <summary>Takes back what was kept when the state was saved, in that order: it was told apart then.</summary>
    public void Keep(Envelope envelope)
    {
        _held.Add(envelope);
        HeldBytes += envelope.Payload.Length;
    }

    /// <summary>
    /// Makes room: drops what is furthest from being applied. Fragments of what is next stay, however large: without them nothing moves.
    /// Says whether <paramref name="newest"/> itself went.
    /// </summary>
    public bool Trim(int maxBytes, Envelope newest)
    {
        bool dropped = false;
        while (HeldBytes > maxBytes)
        {
            int furthest = -1;
            for (int i = 0; i < _held.Count; i++)
            {
                if (_held[i].Previous > Applied && (furthest < 0 || _held[i].To >= _held[furthest].To))
                {
                    furthest = i;
                }
            }

            if (furthest < 0)
            {
                break;
            }

            dropped |= ReferenceEquals(_held[furthest], newest);
            RemoveAt(furthest);
        }

        return dropped;
    }

    /// <summary>Takes a held payload that can be applied now. Drops what was applied meanwhile and what can never be.</summary>
    public bool TryTake(ProtocolGuards guards, out Envelope envelope, ref int conflicts)
    {
        for (int i = _held.Count - 1; i >= 0; i--)
        {
            Envelope held = _held[i];
            if (held.To <= Applied)
            {
                RemoveAt(i);
            }
            else if (IsConflict(held, guards))
            {
                conflicts += held.IsResend || IsResent ? 0 : 1;
                RemoveAt(i);
            }
        }

        for (int i = 0; i < _held.Count; i++)
        {
            Envelope candidate = _held[i];
            if (Follows(candidate, guards) && CountFragments(candidate) == candidate.FragmentCount)
            {
                envelope = Assemble(candidate);
                return true;
            }
        }

        envelope = null!;
        return false;
    }

    public bool Follows(Envelope envelope, ProtocolGuards guards) =>
        envelope.Previous <= Applied || !guards.HasFlag(ProtocolGuards.Previous);

    public bool IsConflict(Envelope envelope, ProtocolGuards guards) =>
        envelope.Kind == PayloadKind.Whole && envelope.From <= Applied && guards.HasFlag(ProtocolGuards.Plan);

    /// <summary>
    /// The last position up to which something is known to have been sent that has not come; <see cref="SentPositions.None"/> = nothing is.
    /// </summary>
    public long MissingTo()
    {
        long to = long.MaxValue;
        foreach (Envelope held in _held)
        {
            if (held.Previous > Applied)
            {
                to = Math.Min(to, held.Previous);
            }
            else if (held.To > Applied && CountFragments(held) < held.FragmentCount)
            {
                to = Math.Min(to, held.To);
            }
        }

        return to < long.MaxValue ? to
            : PendingPosition > Applied ? PendingPosition
            : SentPositions.None;
    }

    /// <summary>A tick's word.</summary>
    public void Tell(in PartitionProgress progress, ProtocolGuards guards)
    {
        if (Applied >= progress.Position)
        {
            Watermark = Math.Max(Watermark, progress.Watermark);
            if (progress.Next - 1 > Applied && guards.HasFlag(ProtocolGuards.QuietChannel))
            {
                // Nothing is between: what comes next begins with a range of its own.
                (Applied, IsResent) = (progress.Next - 1, false);
            }
        }
        else if (!guards.HasFlag(ProtocolGuards.ProgressPosition))
        {
            Watermark = Math.Max(Watermark, progress.Watermark);
        }
        else if (progress.Position >= PendingPosition)
        {
            (PendingPosition, PendingWatermark) = (progress.Position, Math.Max(PendingWatermark, progress.Watermark));
        }
    }

    /// <summary>Moves to the end of an applied envelope.</summary>
    public void Advance(long to, long watermark)
    {
        Applied = Math.Max(Applied, to);
        Watermark = Math.Max(Watermark, watermark);
        if (PendingPosition != SentPositions.None && Applied >= PendingPosition)
        {
            Watermark = Math.Max(Watermark, PendingWatermark);
            (PendingWatermark, PendingPosition) = (long.MinValue, SentPositions.None);
        }
    }

    /// <summary>The sender is told of all up to a position.</summary>
    public void Acknowledge(long applied)
    {
        Acknowledged = applied;
        OwesAcknowledgement &= applied < Applied;
    }

    /// <summary>The sender did not hear of a position that was applied, or it was sent twice: it is told again.</summary>
    public void Repeat(long position)
    {
        if (position <= Acknowledged)
        {
            Acknowledged = position - 1;
            OwesAcknowledgement = true;
        }
    }

    private Envelope Assemble(Envelope first)
    {
        if (first.FragmentCount == 1)
        {
            RemoveAt(_held.IndexOf(first));
            return first;
        }

        Envelope[] parts = new Envelope[first.FragmentCount];
        int length = 0;
        long watermark = long.MinValue;
        for (int i = _held.Count - 1; i >= 0; i--)
        {
            Envelope held = _held[i];
            if (IsSamePayload(held, first))
            {
                parts[held.Fragment] = held;
                length += held.Payload.Length;
                watermark = Math.Max(watermark, held.Watermark);
                RemoveAt(i);
            }
        }

        byte[] payload = new byte[length];
        int at = 0;
        foreach (Envelope part in parts)
        {
            part.Payload.CopyTo(payload.AsMemory(at));
            at += part.Payload.Length;
        }

        return first with
        {
            Payload = payload,
            Watermark = watermark,
            Fragment = 0,
            FragmentCount = 1,
        };
    }

    private int CountFragments(Envelope envelope)
    {
        if (envelope.FragmentCount == 1)
        {
            return 1;
        }

        int count = 0;
        foreach (Envelope held in _held)
        {
            count += IsSamePayload(held, envelope) ? 1 : 0;
        }

        return count;
    }

    // Bounds name the content: a payload is a function of what the source holds at its positions.
    private static bool IsSamePayload(Envelope a, Envelope b) =>
        a.To == b.To && a.From == b.From && a.Previous == b.Previous && a.FragmentCount == b.FragmentCount;

    private void RemoveAt(int index)
    {
        HeldBytes -= _held[index].Payload.Length;
        _held.RemoveAt(index);
    }
}

/// <summary>What became of an envelope.</summary>
internal enum ReceiveOutcome
{
    Applied,

    /// <summary>All of it was applied before.</summary>
    Duplicate,

    /// <summary>What it follows, or its other fragments, have not come yet.</summary>
    HeldBack,

    /// <summary>It should have been held back, but there is no room; it will be sent again.</summary>
    Dropped,

    /// <summary>
    /// A whole payload that overlaps what was applied. A resend that lost a race is such, and so is what comes after a resend that has read
    /// a part of it; what is left of it is sent again. Any other is a broken protocol.
    /// </summary>
    Conflict,

    /// <summary>Of another job, another incarnation of it, or another task.</summary>
    Foreign,
}
