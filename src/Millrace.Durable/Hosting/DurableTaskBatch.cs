using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Errors;
using Millrace.Graph;

namespace Millrace.Durable.Hosting;

/// <summary>
/// One batch of operations of a keyed task, from the state that the batch loaded.
/// <code>
/// DurableJobHost.OpenBatchAsync -> SendDurableAsync once -> { ApplyAsync -> [WantsFlush -> SaveAsync] }* -> [Release ->] Dispose
/// </code>
/// Only what the loaded state held is sent: a batch that runs again after a crash may make other outputs under the same positions.
/// </summary>
internal sealed class DurableTaskBatch : IDisposable
{
    private static readonly TimeSpan FillTime = TimeSpan.FromSeconds(2);

    // Configuration.
    private readonly DurableJob _job;
    private readonly RestoredState _restored;
    private readonly JobSuspension _suspension;
    private readonly DurableChannelRepair _repair;
    private readonly TaskSinks _sinks;
    private readonly TaskStates _states;
    private readonly string _folder;
    private readonly Stage _stage;
    private readonly int _index;
    private readonly KeyedTaskOptions _options;
    private readonly bool _needsThread;

    // Not checkpointed: the last state that was loaded or saved and the operations since, for when one fails.
    private readonly List<AppliedOperation> _since = [];
    private readonly HashSet<string> _sentSinks = new(StringComparer.Ordinal);
    private TaskState? _state;
    private ReadOnlyMemory<byte> _head;
    private OutboxMark? _mark;
    private bool _envelopesSent;
    private bool _hasUserCodeFailed;
    private bool _hasHole;
    private string? _sinkError;
    private DurableTaskLogic? _logic;
    private KeyedTask _task;

    public DurableTaskBatch(
        DurableJob job,
        RestoredState restored,
        JobSuspension suspension,
        DurableChannelRepair repair,
        SinkSenders senders,
        TaskStates states,
        Stage stage,
        int index,
        TaskState? state,
        ReadOnlyMemory<byte> head,
        DurableTaskLogic logic,
        KeyedTask task
    )
    {
        _job = job;
        _restored = restored;
        _suspension = suspension;
        _repair = repair;
        _sinks = new TaskSinks(job, suspension, senders, stage, index);
        _states = states;
        _folder = DurableNames.SpillOf(job.Name, job.Control.Incarnation, stage, index);
        _stage = stage;
        _index = index;
        _options = job.Plan.OptionsOf(stage, index);
        _needsThread = stage.Nodes.Exists(node => node.NeedsThread);
        (_state, _head) = (state, head);
        (_logic, _task) = (logic, task);
    }

    /// <summary>Operations that failed in this batch.</summary>
    public int Failures { get; private set; }

    /// <summary>
    /// Sends what is durable: envelopes by the batch's own messages, sink records now. What a sink refuses stays for a later batch.
    /// </summary>
    /// <param name="signal">Takes a message for a task; leaves with the operation under way.</param>
    /// <param name="emit">Takes records for the host's fire-and-forget output, under a name that is the same when they are sent again;
    /// leaves with the operation under way.</param>
    /// <param name="cancellationToken">Ends the wait for sinks.</param>
    public async Task SendDurableAsync(
        Action<Stage, int, string, byte[]> signal,
        Action<string, string, IReadOnlyList<DurableSinkRecord>> emit,
        CancellationToken cancellationToken
    )
    {
        foreach ((Stage stage, int task, byte[] message) in _job.Plan.Pack(_task.DurableEnvelopes.ToArray()))
        {
            signal(stage, task, DurableOperation.Envelope, message);
        }

        _task.MarkEnvelopesSent();
        _envelopesSent = true;
        await SendSinksAsync(_task.DurableSinkEntries.ToArray(), emit, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Performs one operation. What fails of it changes nothing, but its envelopes are kept and tried again.</summary>
    /// <param name="operation">Its name.</param>
    /// <param name="content">Its message.</param>
    /// <param name="signal">Takes a message for a task; leaves with the operation.</param>
    /// <param name="cancellationToken">Ends the wait for a savepoint that the task starts from.</param>
    public async Task ApplyAsync(
        string operation,
        ReadOnlyMemory<byte> content,
        Action<Stage, int, string, byte[]> signal,
        CancellationToken cancellationToken
    )
    {
        if (operation != DurableOperation.Envelope)
        {
            await ApplyAsync(new AppliedOperation(operation) { Content = content }, signal, cancellationToken).ConfigureAwait(false);
            return;
        }

        List<Envelope> envelopes = EnvelopeCodec.Unpack(content, out InvalidDataException? damage);
        foreach (Envelope envelope in envelopes)
        {
            await ApplyAsync(new AppliedOperation(operation) { Envelope = envelope }, signal, cancellationToken).ConfigureAwait(false);
        }

        if (damage is not null)
        {
            await ApplyAsync(new AppliedOperation(operation) { Damage = damage }, signal, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Reads from the topics what channels have lacked for long, and applies it; with a limit to the time, behind which a next batch goes
    /// on. A topic that cannot be read is asked again later.
    /// </summary>
    /// <param name="signal">Takes a message for a task; leaves with the operation under way.</param>
    /// <param name="cancellationToken">Ends the wait for topics.</param>
    public async Task FillHolesAsync(Action<Stage, int, string, byte[]> signal, CancellationToken cancellationToken)
    {
        long start = _job.Services.Time.GetTimestamp();
        foreach ((ChannelId channel, long applied, long to) in _task.MissingFromSources())
        {
            if (_repair.IsDue(channel, applied))
            {
                await FillHoleAsync(channel, applied, to, start, signal, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Whether the task has to be signalled <see cref="DurableOperation.Flush"/>, so that a next batch sends what this one made, or goes on
    /// to fill a hole.
    /// </summary>
    public bool WantsFlush() => _task.TakeFlushRequest(_hasHole);

    /// <summary>What the state after the operations so far holds for others.</summary>
    public PendingOutput Pending()
    {
        string reason =
            _sinkError ?? (_task.SinkEntries.Count > 0 ? "Its sinks have not been asked yet." : "The next stage has not acknowledged it.");
        long bytes =
            _task.SinkEntries.Sum(entry => (long)entry.Record.Length)
            + _task.Envelopes.Concat(_task.Unacknowledged).Sum(envelope => (long)envelope.Payload.Length);
        return new PendingOutput(
            _stage.Uid,
            _index,
            bytes,
            _task.SinkEntries.Count,
            _task.Envelopes.Count + _task.Unacknowledged.Count,
            reason
        );
    }

    /// <summary>The state after the operations so far: what has changed of it, and where the rest is.</summary>
    public async Task<TaskState> SaveAsync(CancellationToken cancellationToken)
    {
        if (Failures == 0)
        {
            _suspension.ForgetFailures(_stage, _index);
        }

        Keep();
        (_state, int together) = await _states.SpillAsync(_state!, _folder, cancellationToken).ConfigureAwait(false);
        if (together > 1)
        {
            _logic!.Merge(together);
            Log.PartsPutTogether(_job.Logger, _job.Name, _stage.Uid, _index, together);
        }

        return _state;
    }

    /// <summary>
    /// Gives the task away as it was saved last, for the batch that goes on from there. Only where no operation has followed.
    /// </summary>
    public WarmTask Release(DurableJobHost host)
    {
        WarmTask released = new(host, _logic!, _head, _state!.Stamp!.Value);
        _logic = null;
        return released;
    }

    public void Dispose() => _logic?.Dispose();

    // The state that is gone back to when an operation fails.
    private void Keep()
    {
        byte[] head = _task.Save(_states.WholeBytes, out LogicParts parts);
        (_state, _head, _mark) = (_states.Follow(_state, head, parts), head, _task.Mark);
        _since.Clear();
        if (parts.Keeps > 0)
        {
            Log.BuiltOnParts(_job.Logger, _job.Name, _stage.Uid, _index, parts.Keeps, parts.Added.Count);
        }
    }

    private async Task ApplyAsync(
        AppliedOperation operation,
        Action<Stage, int, string, byte[]> signal,
        CancellationToken cancellationToken
    )
    {
        _since.Add(operation);
        try
        {
            foreach (
                (Stage stage, int task, byte[] message) in _job.Plan.Pack(
                    await OperateAsync(operation, cancellationToken).ConfigureAwait(false)
                )
            )
            {
                signal(stage, task, DurableOperation.Envelope, message);
            }

            foreach (Acknowledgement word in _task.TakeAcknowledgements())
            {
                signal(
                    _job.Plan.SenderOf(word.Channel),
                    word.Channel.Upstream,
                    DurableOperation.Acknowledge,
                    AcknowledgementCodec.Encode(word)
                );
            }
        }
        catch (Exception exception) when (IsFailure(exception, cancellationToken))
        {
            NoteFailure(operation, exception);
            await _suspension.SuspendIfForGoodAsync(exception, cancellationToken).ConfigureAwait(false);
            await RedoAsync(cancellationToken).ConfigureAwait(false);
            if (exception is UserCodeException failure)
            {
                await NoteUserCodeAsync(failure, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // Once per batch: what has failed is tried again with each operation of its channel.
    private async Task NoteUserCodeAsync(UserCodeException failure, CancellationToken cancellationToken)
    {
        if (_hasUserCodeFailed)
        {
            return;
        }

        _hasUserCodeFailed = true;
        try
        {
            await _suspension.NoteFailureAsync(_stage, _index, failure, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The state of the batch is worth more.
            Log.SuspendFailed(_job.Logger, exception, _job.Name);
        }
    }

    private async Task FillHoleAsync(
        ChannelId channel,
        long applied,
        long to,
        long start,
        Action<Stage, int, string, byte[]> signal,
        CancellationToken cancellationToken
    )
    {
        while (applied < to)
        {
            if (_job.Services.Time.GetElapsedTime(start) > FillTime)
            {
                _hasHole = true;
                return;
            }

            IReadOnlyList<Envelope> envelopes;
            try
            {
                envelopes = await _repair.ReadAsync(channel, applied, to, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (IsFailure(exception, cancellationToken))
            {
                if (_repair.Postpone(channel, hasFailed: true))
                {
                    Log.ResendFailed(_job.Logger, exception, _job.Name, channel.ToString());
                }

                await _suspension.SuspendIfForGoodAsync(exception, cancellationToken).ConfigureAwait(false);
                return;
            }

            foreach (Envelope envelope in envelopes)
            {
                await ApplyAsync(new AppliedOperation(DurableOperation.Envelope) { Envelope = envelope }, signal, cancellationToken)
                    .ConfigureAwait(false);
            }

            long now = _task.AppliedOf(channel);
            if (now <= applied)
            {
                // An open transaction, or a record that fails: later.
                _repair.Postpone(channel, hasFailed: false);
                return;
            }

            _repair.Advance(channel, applied = now);
        }
    }

    // What waits for requests must not take the threads that complete them.
    private async ValueTask<IReadOnlyList<Envelope>> OperateAsync(AppliedOperation operation, CancellationToken cancellationToken) =>
        _needsThread
            ? await Task
                .Factory.StartNew(() => Operate(operation), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                .ConfigureAwait(false)
            : Operate(operation);

    /// <summary>Returns what is to be sent again.</summary>
    private IReadOnlyList<Envelope> Operate(AppliedOperation operation)
    {
        switch (operation.Name)
        {
            case DurableOperation.Envelope:
                int refused = _task.Conflicts;
                Envelope envelope = operation.Envelope ?? throw new InvalidDataException(operation.Damage!.Message, operation.Damage);
                _task.OnEnvelope(envelope);
                if (_task.Conflicts != refused)
                {
                    Log.EnvelopeRefused(_job.Logger, _job.Name, _stage.Uid, _index, envelope.ToString());
                }

                break;
            case DurableOperation.Progress:
                _task.OnProgress(ProgressCodec.Decode(operation.Content));
                RunTimers();
                break;
            case DurableOperation.Flush:
                _task.OnFlush();
                RunTimers();
                break;
            case DurableOperation.Acknowledge:
                return _task.OnAcknowledgement(AcknowledgementCodec.Decode(operation.Content));
            case DurableOperation.Freeze:
                _task.Freeze(FreezeCodec.Decode(operation.Content));
                break;
            case DurableOperation.Thaw:
                _task.Thaw(FreezeCodec.Decode(operation.Content));
                _task.OnFlush();
                RunTimers();
                break;
            default:
                throw new ArgumentException(
                    $"Task {_stage.Uid}/{_index} knows no operation '{operation.Name}'; expected envelope, progress, flush, "
                        + "acknowledge, freeze or thaw.",
                    nameof(operation)
                );
        }

        return [];
    }

    private void RunTimers()
    {
        if (!_task.IsFrozen)
        {
            _logic!.RunTimers(_task.Output);
        }
    }

    // A user's function may be cancelled by a time-out of its own: only our tokens mean the end.
    private bool IsFailure(Exception exception, CancellationToken cancellationToken) =>
        exception is not OutOfMemoryException
        && (
            exception is not OperationCanceledException
            || !(cancellationToken.IsCancellationRequested || _job.Services.CancellationToken.IsCancellationRequested)
        );

    // Each sink for itself: one that is down neither holds the others up nor makes them get their records again.
    private async Task SendSinksAsync(
        SinkEntry[] entries,
        Action<string, string, IReadOnlyList<DurableSinkRecord>> emit,
        CancellationToken cancellationToken
    )
    {
        (string Sink, string? Error)[] sent = await Task.WhenAll(
                entries
                    .GroupBy(entry => entry.Sink, StringComparer.Ordinal)
                    .Select(sink => _sinks.SendAsync(sink.Key, sink, emit, cancellationToken))
            )
            .ConfigureAwait(false);
        foreach ((string sink, string? error) in sent)
        {
            if (error is null)
            {
                _task.MarkSinkEntriesSent(sink);
                _sentSinks.Add(sink);
            }
            else
            {
                _task.MarkSinkFailed(sink);
                _sinkError = error;
            }
        }
    }

    private void NoteFailure(AppliedOperation operation, Exception exception)
    {
        Log.OperationFailed(_job.Logger, exception, _job.Name, _stage.Uid, _index, operation.Name);
        operation.HasFailed = true;
        Failures++;
    }

    // Operators that have thrown may hold anything: the operations since the last state are done again on a fresh task, those that fail
    // left out.
    private async Task RedoAsync(CancellationToken cancellationToken)
    {
        do
        {
            await ReloadAsync(cancellationToken).ConfigureAwait(false);
        } while (!await TryRedoAsync(cancellationToken).ConfigureAwait(false));

        Keep();
    }

    private async Task<bool> TryRedoAsync(CancellationToken cancellationToken)
    {
        foreach (AppliedOperation operation in _since)
        {
            if (operation.HasFailed)
            {
                Park(operation);
                continue;
            }

            try
            {
                await OperateAsync(operation, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (IsFailure(exception, cancellationToken))
            {
                NoteFailure(operation, exception);
                return false;
            }
        }

        return true;
    }

    // What cannot be read is no envelope of ours; of another version, it is sent again.
    private void Park(AppliedOperation operation)
    {
        if (operation.Envelope is { } envelope)
        {
            _task.Park(envelope);
        }
        else if (operation.Damage is { } damage)
        {
            Log.OperationDropped(_job.Logger, damage, _job.Name, _stage.Uid, _index);
        }
    }

    private async Task ReloadAsync(CancellationToken cancellationToken)
    {
        _logic?.Dispose();
        _logic = null;
        IReadOnlyList<ReadOnlyMemory<byte>> parts = await _states.LoadPartsAsync(_state, cancellationToken).ConfigureAwait(false);
        _logic = await _restored.CreateLogicAsync(_stage, _index, !_head.IsEmpty, cancellationToken).ConfigureAwait(false);
        _task = new KeyedTask(_options, _logic, _head, _mark, parts);
        if (_mark is null)
        {
            if (_envelopesSent)
            {
                _task.MarkEnvelopesSent();
            }

            foreach (string sink in _sentSinks)
            {
                _task.MarkSinkEntriesSent(sink);
            }
        }
    }
}
