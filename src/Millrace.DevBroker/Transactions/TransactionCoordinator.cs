using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Millrace.DevBroker.Groups;
using Millrace.DevBroker.Journals;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Transactions;

/// <summary>
/// Producer ids, fencing and the two phases of a transaction's end: the decision is written to the journal first, then carried out in every
/// partition and group, then written as complete. Whatever a crash left decided is carried out when the broker starts again.
/// </summary>
internal sealed partial class TransactionCoordinator : ITransactionGuard, IAsyncDisposable
{
    /// <summary>There is one coordinator, and it is never deposed.</summary>
    private const int CoordinatorEpoch = 0;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<string, TransactionalId> _ids = new(StringComparer.Ordinal);
    private readonly TimeSpan _maxTimeout;
    private readonly TimeProvider _time;
    private readonly IJournal _journal;
    private readonly ITransactionLog _log;
    private readonly GroupCoordinator _groups;
    private readonly ILogger _logger;
    private readonly ProducerIds _producerIds;
    private readonly CancellationTokenSource _stopping = new();

    public TransactionCoordinator(
        TimeSpan maxTimeout,
        TimeProvider time,
        IJournal journal,
        ITransactionLog log,
        GroupCoordinator groups,
        ILogger logger
    )
    {
        _maxTimeout = maxTimeout;
        _time = time;
        _journal = journal;
        _log = log;
        _groups = groups;
        _logger = logger;
        _producerIds = new ProducerIds(journal, Recover());
        foreach (TransactionalId id in _ids.Values)
        {
            if (id.Current.IsPrepared)
            {
                Wake(id);
            }
            else if (id.Current.State == TransactionState.Ongoing)
            {
                id.Arm(NowMs());
            }
        }
    }

    /// <summary>All transactional ids.</summary>
    public IEnumerable<TransactionMetadata> All => _ids.Values.Select(id => id.Current).Where(metadata => metadata.Producer.Epoch >= 0);

    /// <summary>The transactional id, or null when it is unknown.</summary>
    public TransactionMetadata? Describe(string transactionalId) =>
        _ids.TryGetValue(transactionalId, out TransactionalId? id) && id.Current.Producer.Epoch >= 0 ? id.Current : null;

    /// <summary>
    /// Gives a producer its id and epoch. With a transactional id, whoever had it before is fenced and what it left open is aborted, unless
    /// <paramref name="expected"/> shows that it is the same producer going on (KIP-360).
    /// </summary>
    public async ValueTask<(ErrorCode Error, ProducerIdentity Producer)> InitProducerIdAsync(
        string? transactionalId,
        TimeSpan timeout,
        ProducerIdentity expected,
        CancellationToken cancellationToken
    )
    {
        if (transactionalId is null)
        {
            return (ErrorCode.None, new ProducerIdentity(await _producerIds.NextAsync(cancellationToken).ConfigureAwait(false), 0));
        }

        if (transactionalId.Length == 0)
        {
            return (ErrorCode.InvalidRequest, ProducerIdentity.None);
        }

        if (timeout <= TimeSpan.Zero || timeout > _maxTimeout)
        {
            return (ErrorCode.InvalidTransactionTimeout, ProducerIdentity.None);
        }

        TransactionalId id = await GetOrAddAsync(transactionalId, timeout, cancellationToken).ConfigureAwait(false);
        if (!id.TryBegin())
        {
            return (ErrorCode.ConcurrentTransactions, ProducerIdentity.None);
        }

        try
        {
            if (!id.Current.MayContinue(expected))
            {
                return (ErrorCode.ProducerFenced, ProducerIdentity.None);
            }

            if (id.Current.IsPrepared)
            {
                return (ErrorCode.ConcurrentTransactions, ProducerIdentity.None);
            }

            if (id.Current.State == TransactionState.Ongoing)
            {
                if (expected != ProducerIdentity.None && expected.Epoch != id.Current.Producer.Epoch)
                {
                    return (ErrorCode.ProducerFenced, ProducerIdentity.None);
                }

                await WriteAsync(id, id.Current.PrepareFencingAbort()).ConfigureAwait(false);
                if (!await TryCompleteAsync(id).ConfigureAwait(false))
                {
                    return (ErrorCode.ConcurrentTransactions, ProducerIdentity.None);
                }

                // Whoever named the epoch that it had was fenced by its own call just now, and gets the next one all the same.
                expected = ProducerIdentity.None;
            }

            TransactionMetadata current = id.Current;
            bool continues = expected != ProducerIdentity.None;
            (ErrorCode error, TransactionMetadata? next) =
                current.IsEpochExhausted && (!continues || expected.Epoch == current.Producer.Epoch)
                    ? (
                        ErrorCode.None,
                        current.Rotate(await _producerIds.NextAsync(cancellationToken).ConfigureAwait(false), continues, timeout)
                    )
                    : current.Initialize(expected, timeout);
            if (error != ErrorCode.None)
            {
                return (error, ProducerIdentity.None);
            }

            await WriteAsync(id, next).ConfigureAwait(false);
            return (ErrorCode.None, next.Producer);
        }
        catch (IOException exception)
        {
            return (NotWritten(id, exception), ProducerIdentity.None);
        }
        finally
        {
            id.End();
        }
    }

    /// <summary>Makes partitions, or a group's offsets, part of the producer's transaction, which begins with the first.</summary>
    public async ValueTask<ErrorCode> AddAsync(
        string transactionalId,
        ProducerIdentity producer,
        IReadOnlyCollection<TopicPartition> partitions,
        string? group,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (transactionalId.Length == 0)
        {
            return ErrorCode.InvalidRequest;
        }

        if (!_ids.TryGetValue(transactionalId, out TransactionalId? id))
        {
            return ErrorCode.InvalidProducerIdMapping;
        }

        if (!id.TryBegin())
        {
            return ErrorCode.ConcurrentTransactions;
        }

        try
        {
            TransactionMetadata current = id.Current;
            ErrorCode error = current.Check(producer);
            if (error == ErrorCode.None && current.IsPrepared)
            {
                error = ErrorCode.ConcurrentTransactions;
            }

            if (error != ErrorCode.None)
            {
                return error;
            }

            bool known =
                current.State == TransactionState.Ongoing
                && partitions.All(current.Partitions.Contains)
                && (group is null || current.Groups.Contains(group));
            if (!known)
            {
                await WriteAsync(id, current.Add(partitions, group, NowMs())).ConfigureAwait(false);
            }

            return ErrorCode.None;
        }
        catch (IOException exception)
        {
            return NotWritten(id, exception);
        }
        finally
        {
            id.End();
        }
    }

    /// <summary>Commits or aborts. When the answer is none, the outcome is decided and, unless the disk fails, visible.</summary>
    public async ValueTask<ErrorCode> EndAsync(
        string transactionalId,
        ProducerIdentity producer,
        bool commit,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (transactionalId.Length == 0)
        {
            return ErrorCode.InvalidRequest;
        }

        if (!_ids.TryGetValue(transactionalId, out TransactionalId? id))
        {
            return ErrorCode.InvalidProducerIdMapping;
        }

        if (!id.TryBegin())
        {
            return ErrorCode.ConcurrentTransactions;
        }

        try
        {
            TransactionMetadata current = id.Current;
            ErrorCode error = current.Check(producer);
            if (error != ErrorCode.None)
            {
                return error;
            }

            if (current.CheckEnd(commit) is { } answer)
            {
                return answer;
            }

            await WriteAsync(id, current.Prepare(commit)).ConfigureAwait(false);
            await TryCompleteAsync(id).ConfigureAwait(false);
            return ErrorCode.None;
        }
        catch (IOException exception)
        {
            return NotWritten(id, exception);
        }
        finally
        {
            id.End();
        }
    }

    /// <summary>Whether the producer may commit offsets of this group within its transaction.</summary>
    public ErrorCode CheckGroup(string transactionalId, ProducerIdentity producer, string group) =>
        CheckPart(transactionalId, producer, current => current.Groups.Contains(group));

    /// <inheritdoc/>
    public ErrorCode Check(string transactionalId, long producerId, short producerEpoch, string topic, int partition) =>
        CheckPart(
            transactionalId,
            new ProducerIdentity(producerId, producerEpoch),
            current => current.Partitions.Contains(new TopicPartition(topic, partition))
        );

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (TransactionalId id in _ids.Values)
        {
            id.Dispose();
            await id.Background.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _producerIds.Dispose();
        _stopping.Dispose();
    }

    private ErrorCode CheckPart(string transactionalId, ProducerIdentity producer, Func<TransactionMetadata, bool> isPart)
    {
        if (!_ids.TryGetValue(transactionalId, out TransactionalId? id))
        {
            return ErrorCode.InvalidProducerIdMapping;
        }

        // Data in flight is answered as a log answers it: with the epoch's error, and "invalid state" for what was never added.
        TransactionMetadata current = id.Current;
        ErrorCode error = current.Check(producer);
        if (error != ErrorCode.None)
        {
            return error == ErrorCode.ProducerFenced ? ErrorCode.InvalidProducerEpoch : error;
        }

        if (current.IsPrepared)
        {
            return ErrorCode.ConcurrentTransactions;
        }

        return current.State == TransactionState.Ongoing && isPart(current) ? ErrorCode.None : ErrorCode.InvalidTxnState;
    }

    private async ValueTask<TransactionalId> GetOrAddAsync(string transactionalId, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_ids.TryGetValue(transactionalId, out TransactionalId? id))
        {
            return id;
        }

        long producerId = await _producerIds.NextAsync(cancellationToken).ConfigureAwait(false);
        return _ids.GetOrAdd(
            transactionalId,
            NewId(
                new TransactionMetadata
                {
                    TransactionalId = transactionalId,
                    Producer = new ProducerIdentity(producerId, -1),
                    Timeout = timeout,
                }
            )
        );
    }

    private TransactionalId NewId(TransactionMetadata metadata) => new(metadata, _time, Wake);

    /// <returns>The first producer id that was never given out.</returns>
    private long Recover()
    {
        long firstFree = 0L;
        foreach ((string key, byte[]? value) in _journal.Entries())
        {
            if (TransactionRecords.IsTransaction(key))
            {
                TransactionMetadata metadata = TransactionRecords.Read(value);
                _ids[metadata.TransactionalId] = NewId(metadata);
            }
            else
            {
                firstFree = TransactionRecords.ReadProducerIds(value);
            }
        }

        return firstFree;
    }

    private long NowMs() => _time.GetUtcNow().ToUnixTimeMilliseconds();
}
