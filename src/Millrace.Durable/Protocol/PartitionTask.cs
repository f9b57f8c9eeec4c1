using Millrace.Time;

namespace Millrace.Durable.Protocol;

/// <summary>
/// Owns one source partition for one host process and takes its batches through plan, send, commit. The host performs one step at a
/// time and answers with what came of it; the task holds no connection, clock or thread.
/// </summary>
/// <remarks><code>
///  Begin ─► Idle ─► Opening ─► TakingOver ─► Covering ─► Planning ─► Processing ─► Committing ─┐
///                     ▲            │             ▲                                             │ (more of the batch,
///                     └─ conflict, ┘             └─────────────────────────────────────────────┤  or a plan before it)
///                        lost reply                                                            └─► Completed
///  Planning, Committing ── conflict or lost reply ─► Resolving ── own epoch: go on ── other epoch ─► Superseded | Completed
/// </code></remarks>
internal sealed class PartitionTask(PartitionTaskOptions options)
{
    private const int MaxAttempts = 4;

    // Not checkpointed: the ledger is, by the host.
    private readonly OffsetSet _inHand = new();
    private Phase _phase;
    private LedgerState? _ledger;
    private LedgerState? _writing;
    private string? _etag;
    private OffsetRange _target;
    private long _last;
    private int _attempts;
    private bool _isOwner;
    private bool _hasRead;

    private enum Phase
    {
        Idle,
        Opening,
        TakingOver,
        Covering,
        Planning,
        Processing,
        Committing,
        Resolving,
    }

    /// <summary>The ledger as this task last knew it; null before the first batch.</summary>
    public LedgerState? Ledger => _ledger;

    private bool Fences => options.Guards.HasFlag(ProtocolGuards.Epoch);

    private bool Plans => options.IsPlanned && options.Guards.HasFlag(ProtocolGuards.Plan);

    /// <summary>Starts a batch. What was under way is forgotten: after a failed step the host simply begins again.</summary>
    /// <param name="offsets">The batch's offsets, in any order, with holes and repetitions.</param>
    public SourceStep Begin(ReadOnlySpan<long> offsets)
    {
        _inHand.Clear();
        long last = -1L;
        foreach (long offset in offsets)
        {
            _inHand.Add(new OffsetRange(offset, offset));
            last = Math.Max(last, offset);
        }

        return Start(last);
    }

    /// <summary>
    /// Starts the work that a tick found undone: the plan, if there is one, and all up to <paramref name="last"/>, read back.
    /// </summary>
    public SourceStep BeginRepair(long last)
    {
        _inHand.Clear();

        // The tick has read the ledger, and what this task remembers of it may be wrong: a store can lose its last seconds.
        _isOwner &= !options.Guards.HasFlag(ProtocolGuards.FreshLedger);
        return Start(last);
    }

    /// <param name="state">Null where there is no ledger yet.</param>
    /// <param name="etag">Null where there is no ledger yet.</param>
    public SourceStep LedgerRead(LedgerState? state, string? etag)
    {
        state ??= LedgerState.Initial(options.InitialOffset);
        (_etag, _hasRead) = (etag, true);
        return _phase switch
        {
            Phase.Opening => Open(state),
            Phase.Resolving => Resolve(state),
            _ => throw Unexpected(nameof(LedgerRead)),
        };
    }

    public SourceStep LedgerWritten(string etag)
    {
        if (_phase is not (Phase.TakingOver or Phase.Planning or Phase.Committing))
        {
            throw Unexpected(nameof(LedgerWritten));
        }

        return Written(etag);
    }

    /// <summary>
    /// The ledger was not in the expected state: another owner wrote it, or an earlier attempt of ours did and its reply was lost.
    /// </summary>
    public SourceStep LedgerConflict() => LedgerUnknown();

    /// <summary>The write may have happened or not.</summary>
    public SourceStep LedgerUnknown()
    {
        switch (_phase)
        {
            case Phase.TakingOver:
                // Another owner may have taken the same epoch number; only a number that we alone wrote proves ownership.
                _phase = Phase.Opening;
                return ++_attempts < MaxAttempts ? new SourceStep(SourceAction.ReadLedger) : Supersede();
            case Phase.Planning or Phase.Committing:
                _phase = Phase.Resolving;
                return ++_attempts < MaxAttempts ? new SourceStep(SourceAction.ReadLedger) : Supersede();
            default:
                throw Unexpected(nameof(LedgerUnknown));
        }
    }

    /// <summary>
    /// The asked range was read up to <paramref name="coveredTo"/>; offsets in it without a record are holes in the partition.
    /// </summary>
    public SourceStep ReadBackDone(OffsetRange asked, long coveredTo)
    {
        if (_phase != Phase.Covering)
        {
            throw Unexpected(nameof(ReadBackDone));
        }

        _inHand.Add(new OffsetRange(asked.From, Math.Min(asked.To, coveredTo)));

        // A host may read a long range in parts, committing each; a plan's bounds alone cannot be cut.
        if (_ledger!.Plan is null && coveredTo < asked.To && coveredTo >= _target.From)
        {
            _target = new OffsetRange(_target.From, coveredTo);
        }

        return Cover();
    }

    /// <summary>
    /// The asked range can never be read. What this task remembers of the ledger may be old: others have owned the partition since, and the
    /// log no longer begins where it did.
    /// </summary>
    /// <returns><see langword="null"/> = the ledger was read for this batch, so the range is needed.</returns>
    public SourceStep? ReadBackFailed()
    {
        if (_phase != Phase.Covering)
        {
            throw Unexpected(nameof(ReadBackFailed));
        }

        if (_hasRead)
        {
            return null;
        }

        (_isOwner, _phase) = (false, Phase.Opening);
        return new SourceStep(SourceAction.ReadLedger);
    }

    /// <summary>The chain ran over the range and everything it sent was accepted.</summary>
    public SourceStep Processed(long watermark, IReadOnlyCollection<KeyValuePair<ChannelId, long>> sent, TimestampVotes votes = default)
    {
        if (_phase != Phase.Processing)
        {
            throw Unexpected(nameof(Processed));
        }

        return Write(Phase.Committing, _ledger!.Committed(_target.To, watermark, sent, votes));
    }

    private SourceStep Start(long last)
    {
        (_last, _attempts, _hasRead) = (last, 0, false);
        if (_isOwner)
        {
            return Advance();
        }

        _phase = Phase.Opening;
        return new SourceStep(SourceAction.ReadLedger);
    }

    private SourceStep Open(LedgerState state)
    {
        _ledger = state;
        if (state.Plan is null && _last < state.Next)
        {
            // Wholly done by another: a zombie's batch ends here, without a fight for the epoch.
            return Complete();
        }

        if (!Fences)
        {
            _isOwner = true;
            return Advance();
        }

        return Write(Phase.TakingOver, state.TakenOver());
    }

    private SourceStep Advance()
    {
        LedgerState ledger = _ledger!;
        if (ledger.Plan is { } plan)
        {
            _target = plan;
        }
        else if (_last >= ledger.Next)
        {
            _target = new OffsetRange(ledger.Next, _last);
        }
        else
        {
            return Complete();
        }

        return Cover();
    }

    private SourceStep Cover()
    {
        if (
            options.Guards.HasFlag(ProtocolGuards.ReadBack) && _inHand.TryGetMissing(_target, options.MaxReadBacks, out OffsetRange missing)
        )
        {
            _phase = Phase.Covering;
            return new SourceStep(SourceAction.ReadBack, missing);
        }

        if (Plans && _ledger!.Plan is null)
        {
            return Write(Phase.Planning, _ledger.Planned(_target));
        }

        return Process();
    }

    private SourceStep Process()
    {
        _phase = Phase.Processing;
        return new SourceStep(SourceAction.Process, _target, _ledger);
    }

    private SourceStep Write(Phase phase, LedgerState state)
    {
        _phase = phase;
        _writing = state;
        return new SourceStep(SourceAction.WriteLedger, default, state, _etag, !Fences);
    }

    private SourceStep Written(string etag)
    {
        (_ledger, _etag, _attempts) = (_writing, etag, 0);
        switch (_phase)
        {
            case Phase.Planning:
                return Process();
            case Phase.TakingOver:
                _isOwner = true;
                return Advance();
            default:
                return Advance();
        }
    }

    private SourceStep Resolve(LedgerState stored)
    {
        if (!Fences)
        {
            _phase = _ledger!.Plan is null && _writing!.Plan is not null ? Phase.Planning : Phase.Committing;
            return new SourceStep(SourceAction.WriteLedger, default, _writing, _etag, IsUnconditional: true);
        }

        if (stored.Epoch != _ledger!.Epoch)
        {
            _isOwner = false;
            _ledger = stored;
            return stored.Plan is null && _last < stored.Next ? Complete() : Supersede();
        }

        // Ours is the only hand that writes this epoch: the ledger is what we wrote last or what it replaced.
        _phase = _writing!.Plan is null ? Phase.Committing : Phase.Planning;
        return LedgerCodec.Encode(stored).AsSpan().SequenceEqual(LedgerCodec.Encode(_writing))
            ? Written(_etag!)
            : new SourceStep(SourceAction.WriteLedger, default, _writing, _etag);
    }

    private SourceStep Complete()
    {
        _phase = Phase.Idle;
        return new SourceStep(SourceAction.Completed);
    }

    private SourceStep Supersede()
    {
        _phase = Phase.Idle;
        _isOwner = false;
        return new SourceStep(SourceAction.Superseded);
    }

    private InvalidOperationException Unexpected(string answer) =>
        new($"The source task is in phase {_phase}, which {answer} does not answer; answer the last step that it asked for.");
}

/// <summary>What a source task is told once.</summary>
internal sealed record PartitionTaskOptions
{
    /// <summary>The first offset of a partition without a ledger. Resolved by the host from the job's starting offsets.</summary>
    public long InitialOffset { get; init; }

    /// <summary>
    /// Whether the chain sends payloads that apply whole: pre-aggregates, or records without positions. Then every batch is planned: a
    /// channel that carried unplanned records could not take a whole payload that overlaps them.
    /// </summary>
    public bool IsPlanned { get; init; }

    /// <summary>More holes than this in one batch are read back as one range. Default 4.</summary>
    public int MaxReadBacks { get; init; } = 4;

    public ProtocolGuards Guards { get; init; } = ProtocolGuards.All;
}

/// <summary>One step that a source task asks for.</summary>
/// <param name="Action">What to do.</param>
/// <param name="Range">For <see cref="SourceAction.ReadBack"/> and <see cref="SourceAction.Process"/>.</param>
/// <param name="Ledger">For <see cref="SourceAction.WriteLedger"/> the state to write, for <see cref="SourceAction.Process"/> the state to
/// work from.</param>
/// <param name="ETag">For <see cref="SourceAction.WriteLedger"/>: the state that this one replaces; null where there must be none.</param>
/// <param name="IsUnconditional">The write is not conditional. Only with the epoch guard off.</param>
internal readonly record struct SourceStep(
    SourceAction Action,
    OffsetRange Range = default,
    LedgerState? Ledger = null,
    string? ETag = null,
    bool IsUnconditional = false
);

/// <summary>What a source task asks its host to do next.</summary>
internal enum SourceAction
{
    /// <summary>Read the ledger; answer <see cref="PartitionTask.LedgerRead"/>.</summary>
    ReadLedger,

    /// <summary>
    /// Write the ledger; answer <see cref="PartitionTask.LedgerWritten"/>, <see cref="PartitionTask.LedgerConflict"/> or
    /// <see cref="PartitionTask.LedgerUnknown"/>.
    /// </summary>
    WriteLedger,

    /// <summary>Read a range of the partition with an own consumer; answer <see cref="PartitionTask.ReadBackDone"/>.</summary>
    ReadBack,

    /// <summary>Run the chain over a range and await what it sends; answer <see cref="PartitionTask.Processed"/>.</summary>
    Process,

    /// <summary>The batch is committed, here or by another owner.</summary>
    Completed,

    /// <summary>Another owner has the partition: discard the work, let the batch be delivered again.</summary>
    Superseded,
}
