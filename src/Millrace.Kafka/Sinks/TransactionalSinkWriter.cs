using Microsoft.Extensions.Logging;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Kafka.Producing;
using Millrace.Kafka.Transactions;

namespace Millrace.Kafka.Sinks;

/// <summary>
/// Writes in Kafka transactions, one per checkpoint (ADR: exactly-once sinks). At a barrier the open transaction is flushed and kept open;
/// the checkpoint stores its transactional id, producer id and epoch; when the checkpoint is complete the transaction is committed, after a
/// crash by any other process.
/// <code>
/// Created -> Recover -> (Write* -> Flush -> PrepareCommit)* with Commit in between -> Disposed
/// </code>
/// </summary>
internal sealed class TransactionalSinkWriter<T> : ICommittingSinkWriter<T>
{
    private static readonly TimeSpan IdentityTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LastAbortTimeout = TimeSpan.FromSeconds(5);

    // Configuration.
    private readonly KafkaSinkSettings<T> _settings;
    private readonly ConnectorContext _context;
    private readonly ILogger _logger;
    private readonly TransactionalIds _ids;
    private readonly RecordEncoder<T> _encoder;

    // Checkpointed: what is prepared, in the committables.
    private readonly List<ProducerSlot?> _slots = [];

    // Not checkpointed.
    private HashSet<string> _lastCheckpoint = new(StringComparer.Ordinal);
    private ProducerSlot? _open;

    internal TransactionalSinkWriter(KafkaSinkSettings<T> settings, ConnectorContext context, ILogger logger)
    {
        _settings = settings;
        _context = context;
        _logger = logger;

        // Every stage of a job has a writer of dead letters, so that a prefix alone names several.
        string suffix = typeof(T) == typeof(DeadLetter) || settings.TransactionalIdPrefix is null ? $"-{context.OperatorUid}" : "";
        _ids = new TransactionalIds((settings.TransactionalIdPrefix ?? context.JobName) + suffix);
        _encoder = new RecordEncoder<T>(settings, context, logger);
    }

    public void Recover(IReadOnlyList<ReadOnlyMemory<byte>> committables)
    {
        List<SinkCommittable> all = [];
        foreach (ReadOnlyMemory<byte> bytes in committables)
        {
            all.Add(SinkCommittable.From(bytes.Span));
        }

        foreach (SinkCommittable committable in all)
        {
            _lastCheckpoint.UnionWith(committable.Transactions.Select(transaction => transaction.TransactionalId));
        }

        RunAtCoordinators(client =>
            new TransactionRecovery(
                client,
                _ids,
                _settings.TransactionTimeout,
                _settings.IgnoreLostTransactions,
                _context,
                _logger
            ).RunAsync(all, _context.CancellationToken)
        );
    }

    public void Write(RecordBatch<T> batch)
    {
        if (batch.Count == 0)
        {
            return;
        }

        _open ??= Begin();
        _encoder.Write(batch, _open.Producer);
    }

    public void Flush(bool endOfInput) => _open?.Producer.Flush(_settings.FlushTimeout, _context.CancellationToken);

    public ReadOnlyMemory<byte> PrepareCommit(long checkpointId)
    {
        if (_open is { } slot)
        {
            ProducerIdentity identity = slot.Producer.WaitForIdentity(IdentityTimeout, _context.CancellationToken);
            slot.Prepared = new PreparedTransaction(slot.TransactionalId, identity, checkpointId);
            slot.State = ProducerSlotState.Prepared;
            _open = null;
        }

        List<PreparedTransaction> prepared = [];
        foreach (ProducerSlot? each in _slots)
        {
            if (each?.Prepared is { } transaction)
            {
                prepared.Add(transaction);
            }
        }

        return new SinkCommittable(_context.TaskIndex, _context.Parallelism, prepared).ToBytes();
    }

    public void Commit(ReadOnlyMemory<byte> committable)
    {
        SinkCommittable complete = SinkCommittable.From(committable.Span);
        HashSet<string> named = new(StringComparer.Ordinal);
        foreach (PreparedTransaction transaction in complete.Transactions)
        {
            named.Add(transaction.TransactionalId);
            if (_slots.Find(slot => slot?.Prepared == transaction) is { } prepared)
            {
                CommitOwn(prepared);
            }
        }

        foreach (ProducerSlot? slot in _slots)
        {
            if (slot is { State: ProducerSlotState.Retained } && !named.Contains(slot.TransactionalId))
            {
                slot.State = ProducerSlotState.Free;
            }
        }

        _lastCheckpoint = named;
    }

    public ValueTask DisposeAsync()
    {
        if (_open is not null)
        {
            AbortOpen(_open);
        }

        _encoder.Dispose();
        foreach (ProducerSlot? slot in _slots)
        {
            slot?.Producer.Dispose();
        }

        _slots.Clear();
        return ValueTask.CompletedTask;
    }

    private ProducerSlot Begin()
    {
        ProducerSlot slot = FindFree();
        slot.Producer.BeginTransaction();
        slot.State = ProducerSlotState.Open;
        return slot;
    }

    private ProducerSlot FindFree()
    {
        for (int i = 0; i < TransactionalIds.MaxSlots; i++)
        {
            if (i == _slots.Count)
            {
                _slots.Add(null);
            }

            if (_slots[i] is { State: ProducerSlotState.Free } free)
            {
                return free;
            }

            string id = _ids.Of(_context.TaskIndex, i);
            if (_slots[i] is null && !_lastCheckpoint.Contains(id))
            {
                return _slots[i] = Create(id);
            }
        }

        throw new InvalidOperationException(
            $"Kafka sink '{_context.OperatorUid}' task {_context.TaskIndex}: {TransactionalIds.MaxSlots} checkpoints in a row have not "
                + "completed, and each holds a transaction open. "
                + "Find out why checkpoints fail, or lengthen their interval."
        );
    }

    private ProducerSlot Create(string id)
    {
        RawProducer producer = new(_settings.ProducerProperties(_context, id), _logger, _context.TimeProvider, _context.Metrics.SetWaiting);
        try
        {
            producer.InitTransactions(_settings.FlushTimeout, _context.CancellationToken);
            return new ProducerSlot(id, producer);
        }
        catch
        {
            producer.Dispose();
            throw;
        }
    }

    private void CommitOwn(ProducerSlot slot)
    {
        slot.Producer.CommitTransaction(_settings.FlushTimeout, _context.CancellationToken);
        slot.Prepared = null;
        slot.State = ProducerSlotState.Retained;
    }

    // What is prepared is left open: the checkpoint that holds it may be complete without our knowing. What is not would only hold readers
    // back.
    private void AbortOpen(ProducerSlot slot)
    {
        try
        {
            slot.Producer.AbortTransaction(LastAbortTimeout, CancellationToken.None);
        }
        catch (Exception e) when (e is KafkaClientException or TimeoutException)
        {
            Log.AbortFailed(_logger, e, _context.OperatorUid, _context.TaskIndex);
        }
    }

    private void RunAtCoordinators(Func<CoordinatorClient, Task> work)
    {
        // The task has nothing else to do before this is done; the writer's contract is synchronous.
        Task.Run(async () =>
            {
                CoordinatorClient client = new(
                    _settings.Properties,
                    $"{_context.JobName}-{_context.OperatorUid}-{_context.TaskIndex}-recovery",
                    _settings.FlushTimeout,
                    _context.TimeProvider
                );
                await using (client.ConfigureAwait(false))
                {
                    await work(client).ConfigureAwait(false);
                }
            })
            .GetAwaiter()
            .GetResult();
    }
}
