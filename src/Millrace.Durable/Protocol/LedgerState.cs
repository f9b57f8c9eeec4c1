using Millrace.Time;

namespace Millrace.Durable.Protocol;

/// <summary>
/// What is durable about one source partition of one job. The truth about what was read, sent and planned; the consumer group's
/// offset is only advice. Every write of it is conditional on the ETag of the state it was made from.
/// </summary>
/// <param name="Epoch">Grows by one with every owner. A write of an older owner fails.</param>
/// <param name="Next">The first offset that is not yet committed.</param>
/// <param name="Watermark">No record with a timestamp at or below it follows at or after <paramref name="Next"/>.</param>
/// <param name="Sent">The last position sent to each downstream task in committed work.</param>
/// <param name="Plan">Offsets whose whole payloads may have been sent already; whoever owns the ledger sends exactly these again before all
/// else.</param>
internal sealed record LedgerState(long Epoch, long Next, long Watermark, SentPositions Sent, OffsetRange? Plan)
{
    /// <summary>What records ahead of the partition say about it.</summary>
    public TimestampVotes Votes { get; init; }

    /// <summary>The id of the topic that the offsets are of; empty = not known.</summary>
    public Guid TopicId { get; init; }

    /// <summary>
    /// The offset at which the partition's state begins: nothing below it was ever sent, so a repair must not read it either. -1 = not
    /// known, in a ledger that an older version wrote.
    /// </summary>
    public long First { get; init; } = -1;

    /// <summary>The ledger of a partition that nobody has owned yet.</summary>
    public static LedgerState Initial(long next) => new(0, next, long.MinValue, SentPositions.Empty, null) { First = next };

    public LedgerState TakenOver() => this with { Epoch = Epoch + 1 };

    public LedgerState Planned(OffsetRange plan)
    {
        if (plan.From != Next || plan.IsEmpty)
        {
            throw new ArgumentException(
                $"The plan is {plan}, but a plan starts at the ledger's next offset, {Next}, and is not empty.",
                nameof(plan)
            );
        }

        return this with
        {
            Plan = plan,
        };
    }

    public LedgerState Committed(
        long to,
        long watermark,
        IReadOnlyCollection<KeyValuePair<ChannelId, long>> sent,
        TimestampVotes votes = default
    )
    {
        if (to < Next || (Plan is { } plan && plan.To != to))
        {
            throw new ArgumentException(
                $"Offset {to} cannot be committed: the ledger's next offset is {Next}, its plan is {Plan?.ToString() ?? "none"}.",
                nameof(to)
            );
        }

        return this with
        {
            Next = to + 1,
            Watermark = Math.Max(Watermark, watermark),
            Votes = votes,
            Sent = Sent.With(sent),
            Plan = null,
        };
    }
}
