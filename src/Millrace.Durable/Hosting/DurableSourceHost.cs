using System.Collections.Concurrent;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Errors;
using Millrace.Graph;

namespace Millrace.Durable.Hosting;

/// <summary>
/// Takes what triggers deliver through the source tasks of one process: a batch is cut into its partitions, and these go through plan, send
/// and commit side by side. Returns when everything is committed, or throws, and then the same batch must be delivered again.
/// </summary>
internal sealed class DurableSourceHost(
    DurableJob job,
    JobTopics topics,
    JobSuspension suspension,
    SinkSenders senders,
    BackPressure backPressure,
    DurableStallWatch stallWatch
) : IAsyncDisposable
{
    private const int MaxReadBack = 20_000;
    private readonly ConcurrentDictionary<(string Stage, int Upstream), SourceSlot> _slots = new();
    private readonly FailurePauses _pauses = new(job.Services.Time);
    private volatile bool _disposed;

    /// <summary>
    /// Records of a source that were too far ahead to move a watermark, as this process counted them; attempts that failed included.
    /// </summary>
    public long RecordsAhead(Stage stage) =>
        _slots.Where(slot => string.Equals(slot.Key.Stage, stage.Uid, StringComparison.Ordinal)).Sum(slot => slot.Value.RecordsAhead);

    /// <summary>
    /// Processes a batch of one source's topics, in any order of partitions. What fails is delivered again at once, so each failure in a
    /// row takes longer, up to half a minute.
    /// </summary>
    /// <exception cref="BackPressureException">Tasks have been full for long.</exception>
    /// <exception cref="JobSuspendedException">The job is suspended, and was so for long.</exception>
    public async Task ProcessAsync(Stage stage, IReadOnlyList<RawRecord> batch, IDurableTasks tasks, CancellationToken cancellationToken)
    {
        try
        {
            await ProcessOnceAsync(stage, batch, tasks, cancellationToken).ConfigureAwait(false);
            _pauses.Forget(stage.Uid);
        }
        catch (Exception exception)
            when (exception is not (BackPressureException or JobSuspendedException or UserCodeException or BatchUnfinishedException)
                && !cancellationToken.IsCancellationRequested
            )
        {
            await _pauses.WaitAsync(stage.Uid, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    private async Task ProcessOnceAsync(
        Stage stage,
        IReadOnlyList<RawRecord> batch,
        IDurableTasks tasks,
        CancellationToken cancellationToken
    )
    {
        Dictionary<int, RecordWindow> parts = RecordWindow.Cut(job.Plan, stage, batch);
        await suspension.WaitWhileSuspendedAsync(cancellationToken).ConfigureAwait(false);
        await backPressure.WaitAsync(cancellationToken).ConfigureAwait(false);
        BatchGatherer gatherer = new(
            parts.Count,
            envelopes => job.SendAsync(envelopes, tasks, cancellationToken),
            ledgers => job.Ledgers.WriteAsync(ledgers, cancellationToken),
            job.Services
        );
        SourceRun run = new(tasks, job.Options.BatchTime) { Gatherer = gatherer };
        Task watch = stallWatch.LookAsync(SentByThisProcess, tasks, cancellationToken);
        Task all = Task.WhenAll(
            parts.Select(part =>
                job.Services.Execution.Run(async () =>
                {
                    try
                    {
                        await RunAsync(stage, part.Key, part.Value, run, cancellationToken).ConfigureAwait(false);
                    }
                    finally
                    {
                        gatherer.Leave();
                    }
                })
            )
        );
        try
        {
            await Task.WhenAll(all, watch).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Of several failures an await throws one; any of them may be for good.
            await suspension.SuspendIfForGoodAsync(all.Exception ?? exception, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Completes what a tick found undone, up to an offset, or as far as it gets within a tick.</summary>
    public Task RepairAsync(Stage stage, int upstream, long last, IDurableTasks tasks, CancellationToken cancellationToken) =>
        RunAsync(stage, upstream, new RecordWindow([]), new SourceRun(tasks, job.Options.PullTime) { RepairTo = last }, cancellationToken);

    /// <summary>
    /// Completes a partition of a suspended job up to an offset that receivers have seen already, or a part of it. As an owner of its own:
    /// the one that triggers work with must not own a partition of a suspended job.
    /// </summary>
    public async Task CompleteSuspendedAsync(Stage stage, int upstream, long last, IDurableTasks tasks, CancellationToken cancellationToken)
    {
        SourceSlot slot = new(job.Plan, stage, upstream, job.Services);
        await using (slot.ConfigureAwait(false))
        {
            SourceRun run = new(tasks, job.Options.PullTime) { RepairTo = last, MayBeSuspended = true };
            await RunAsync(slot, stage, upstream, new RecordWindow([]), run, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        foreach (SourceSlot slot in _slots.Values)
        {
            await slot.DisposeAsync().ConfigureAwait(false);
        }
    }

    // A ledger is replaced as a whole, so it may be read beside whoever works on the partition.
    private IEnumerable<KeyValuePair<ChannelId, long>> SentByThisProcess() =>
        _slots
            .OrderBy(slot => slot.Key.Stage, StringComparer.Ordinal)
            .ThenBy(slot => slot.Key.Upstream)
            .SelectMany(slot => slot.Value.Task.Ledger?.Sent.Entries.ToArray() ?? []);

    private Task RunAsync(Stage stage, int upstream, RecordWindow records, SourceRun run, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        SourceSlot slot = _slots.GetOrAdd((stage.Uid, upstream), _ => new SourceSlot(job.Plan, stage, upstream, job.Services));
        return RunAsync(slot, stage, upstream, records, run, cancellationToken);
    }

    private async Task RunAsync(
        SourceSlot slot,
        Stage stage,
        int upstream,
        RecordWindow records,
        SourceRun run,
        CancellationToken cancellationToken
    )
    {
        long start = job.Services.Time.GetTimestamp();
        bool hasCommitted = false;
        await slot.Gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            SourceStep step = run.RepairTo is { } last ? slot.Task.BeginRepair(last) : slot.Task.Begin(records.Offsets());
            while (step.Action != SourceAction.Completed)
            {
                if (hasCommitted && job.Services.Time.GetElapsedTime(start) > run.Limit)
                {
                    if (run.RepairTo is not null)
                    {
                        return;
                    }

                    throw new BatchUnfinishedException(
                        $"Partition {job.Plan.Describe(stage, upstream)} of job '{job.Name}': what lies before the batch took more "
                            + $"than {run.Limit}; it is committed up to offset {slot.Task.Ledger!.Next}. The batch is delivered again and "
                            + "goes on from there."
                    );
                }

                hasCommitted |= step.Action == SourceAction.WriteLedger && step.Ledger!.Next > slot.Task.Ledger?.Next;
                step = step.Action switch
                {
                    SourceAction.ReadLedger => await ReadAsync(slot, stage, upstream, cancellationToken).ConfigureAwait(false),
                    SourceAction.WriteLedger => await WriteAsync(slot, stage, upstream, step, run, cancellationToken).ConfigureAwait(false),
                    SourceAction.ReadBack => await ReadBackAsync(slot, stage, upstream, step.Range, records, cancellationToken)
                        .ConfigureAwait(false),
                    SourceAction.Process => await RunChainAsync(slot, stage, upstream, step, records, run, cancellationToken)
                        .ConfigureAwait(false),
                    _ => throw new PartitionSupersededException(
                        $"Partition {job.Plan.Describe(stage, upstream)} of job '{job.Name}' has another owner; the batch is "
                            + "delivered again."
                    ),
                };
            }
        }
        finally
        {
            slot.Gate.Leave();
        }
    }

    private async Task<SourceStep> ReadAsync(SourceSlot slot, Stage stage, int upstream, CancellationToken cancellationToken)
    {
        (LedgerState? state, string? etag) = await job
            .Ledgers.ReadAsync(job.LedgerOf(stage, upstream), cancellationToken)
            .ConfigureAwait(false);
        if (state is null)
        {
            state = LedgerState.Initial(await topics.FindStartAsync(stage, upstream, cancellationToken).ConfigureAwait(false));
        }

        state = (await topics.ValidateAsync(stage, [(upstream, state)], cancellationToken).ConfigureAwait(false))[0];
        return slot.Task.LedgerRead(state, etag);
    }

    private async Task<SourceStep> WriteAsync(
        SourceSlot slot,
        Stage stage,
        int upstream,
        SourceStep step,
        SourceRun run,
        CancellationToken cancellationToken
    )
    {
        string etag;
        bool takesOver = step.Ledger!.Epoch != slot.Task.Ledger?.Epoch;
        bool asks = takesOver && !run.MayBeSuspended && job.Services.Protocol.Has(ProtocolGuards.SuspensionCheck);
        if (asks)
        {
            await suspension.ThrowIfSuspendedAsync(cancellationToken).ConfigureAwait(false);
        }

        try
        {
            LedgerWrite write = DurableLedgers.WriteOf(job.LedgerOf(stage, upstream), step.Ledger, step.ETag, step.IsUnconditional);
            etag = run.Gatherer is { } gatherer
                ? await gatherer.WriteAsync(write, cancellationToken).ConfigureAwait(false)
                : (await job.Ledgers.WriteAsync([write], cancellationToken).ConfigureAwait(false))[0].ETag;
        }
        catch (PreconditionFailedException)
        {
            return slot.Task.LedgerConflict();
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            if (!slot.IsInDoubt)
            {
                Log.LedgerWriteInDoubt(job.Logger, exception, job.Name, job.Plan.Describe(stage, upstream));
            }

            slot.IsInDoubt = true;
            return slot.Task.LedgerUnknown();
        }

        slot.IsInDoubt = false;

        if (asks)
        {
            // Again: whoever suspends the job first says so and then takes every partition over. Seen from here, either our takeover is
            // undone or we read the word.
            await suspension.ThrowIfSuspendedAsync(cancellationToken).ConfigureAwait(false);
        }

        return slot.Task.LedgerWritten(etag);
    }

    private async Task<SourceStep> ReadBackAsync(
        SourceSlot slot,
        Stage stage,
        int upstream,
        OffsetRange range,
        RecordWindow records,
        CancellationToken cancellationToken
    )
    {
        (string topic, int partition) = job.Plan.PartitionOf(stage, upstream);
        RawRecordRange read;
        try
        {
            read = await topics
                .ReaderOf(stage)
                .ReadAsync(topic, partition, range.From, range.To, MaxReadBack, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (Exception exception) when (RestartSuppression.Find(exception) is not null)
        {
            if (slot.Task.ReadBackFailed() is not { } step)
            {
                throw;
            }

            return step;
        }

        if (read.CoveredTo < range.From)
        {
            throw new InvalidOperationException(
                $"Offsets {range} of {job.Plan.Describe(stage, upstream)} are needed but cannot be read yet: a transaction is open "
                    + "there. The batch is delivered again."
            );
        }

        Log.ReadBack(job.Logger, job.Name, job.Plan.Describe(stage, upstream), range.From, read.CoveredTo, read.Records.Count);
        records.Add(read.Records);
        return slot.Task.ReadBackDone(range, read.CoveredTo);
    }

    private async Task<SourceStep> RunChainAsync(
        SourceSlot slot,
        Stage stage,
        int upstream,
        SourceStep step,
        RecordWindow records,
        SourceRun run,
        CancellationToken cancellationToken
    )
    {
        SourceRangeResult result;
        try
        {
            result = slot.Runner.Process(step.Ledger!, step.Range, records.In(step.Range), isResend: false);
            suspension.ForgetFailures(stage, upstream);
        }
        catch (UserCodeException failure)
        {
            await slot.DropRunnerAsync().ConfigureAwait(false);
            if (!await suspension.NoteFailureAsync(stage, upstream, failure, cancellationToken).ConfigureAwait(false))
            {
                // The batch is delivered again; not at once, for what failed may need a moment.
                await Task.Delay(job.Options.UserCodeRetryDelay, job.Services.Time, cancellationToken).ConfigureAwait(false);
            }

            throw;
        }
        catch
        {
            await slot.DropRunnerAsync().ConfigureAwait(false);
            throw;
        }

        try
        {
            await (
                run.Gatherer?.SendAsync(result.Envelopes, cancellationToken)
                ?? job.SendAsync(result.Envelopes, run.Tasks, cancellationToken)
            ).ConfigureAwait(false);

            // What others see goes last: a batch whose envelopes are not taken would write it with each attempt.
            await SendToSinksAsync(upstream, step.Range, result.SinkRecords, run.Tasks, cancellationToken).ConfigureAwait(false);
            await slot.Runner.FlushLettersAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // Its letters are not to be written: the records come again.
            await slot.DropRunnerAsync().ConfigureAwait(false);
            throw;
        }

        return slot.Task.Processed(result.Watermark, result.Sent, result.Votes);
    }

    private Task SendToSinksAsync(
        int upstream,
        OffsetRange range,
        IReadOnlyList<SourceSinkRecord> records,
        IDurableTasks tasks,
        CancellationToken cancellationToken
    )
    {
        if (records.Count == 0)
        {
            return Task.CompletedTask;
        }

        return Task.WhenAll(
            records
                .GroupBy(record => record.SinkUid, record => record.Record, StringComparer.Ordinal)
                .Select(group =>
                {
                    DurableSinkRecord[] all = [.. group];
                    return senders.GuaranteeOf(group.Key) == DurableSinkGuarantee.BestEffort
                        ? tasks.EmitBestEffortAsync(
                            group.Key,
                            FormattableString.Invariant($"{upstream}-{range.From}-{range.To}"),
                            all,
                            cancellationToken
                        )
                        : senders.SendAsync(group.Key, upstream, parallelism: 1, all, cancellationToken);
                })
        );
    }
}
