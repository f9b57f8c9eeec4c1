using System.Collections.Immutable;
using Millrace.DevBroker.Groups;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Transactions;

/// <summary>
/// Everything known of a transactional id, as one value. Each request works out the next value, which is written to the journal before it
/// becomes the current one. The rules are those of Kafka's transaction coordinator (KIP-98, KIP-360, KIP-588).
/// </summary>
internal sealed record TransactionMetadata
{
    public required string TransactionalId { get; init; }

    public required ProducerIdentity Producer { get; init; }

    /// <summary>The producer id before the current one; its last epoch may still be asked for by a retry.</summary>
    public long PreviousProducerId { get; init; } = -1;

    /// <summary>The epoch before the current one when its own producer asked for the new one, else -1.</summary>
    public short LastEpoch { get; init; } = -1;

    public required TimeSpan Timeout { get; init; }

    public TransactionState State { get; init; }

    public ImmutableHashSet<TopicPartition> Partitions { get; init; } = [];

    /// <summary>Groups for which the transaction holds offsets.</summary>
    public ImmutableHashSet<string> Groups { get; init; } = ImmutableHashSet.Create<string>(StringComparer.Ordinal);

    /// <summary>When the transaction began, in milliseconds since 1970, or -1.</summary>
    public long StartedAt { get; init; } = -1;

    public bool IsPrepared => State is TransactionState.PrepareCommit or TransactionState.PrepareAbort;

    /// <summary>One epoch is kept in reserve to fence the last producer with.</summary>
    public bool IsEpochExhausted => IsExhausted(Producer.Epoch);

    /// <summary>Whether a producer that continues (KIP-360) may be the one that is known here.</summary>
    public bool MayContinue(ProducerIdentity expected) =>
        expected == ProducerIdentity.None
        || Producer.Epoch < 0
        || expected.ProducerId == Producer.ProducerId
        || (expected.ProducerId == PreviousProducerId && IsExhausted(expected.Epoch));

    /// <summary>A producer starts or, when it says who it is, continues. Only called when no transaction is open.</summary>
    /// <returns>The metadata with the epoch for it, or an error.</returns>
    public (ErrorCode Error, TransactionMetadata Next) Initialize(ProducerIdentity expected, TimeSpan timeout)
    {
        TransactionMetadata next = this with
        {
            Timeout = timeout,
            State = TransactionState.Empty,
            Partitions = [],
            Groups = Groups.Clear(),
            StartedAt = -1,
        };
        if (expected == ProducerIdentity.None)
        {
            return (ErrorCode.None, next with { Producer = Bumped(), LastEpoch = -1, PreviousProducerId = Producer.ProducerId });
        }

        if (Producer.Epoch < 0 || expected.Epoch == Producer.Epoch)
        {
            return (
                ErrorCode.None,
                next with
                {
                    Producer = Bumped(),
                    LastEpoch = Producer.Epoch,
                    PreviousProducerId = Producer.ProducerId,
                }
            );
        }

        // The answer to the same request was lost: give it again.
        return expected.Epoch == LastEpoch ? (ErrorCode.None, next) : (ErrorCode.ProducerFenced, this);
    }

    /// <summary>The epochs of the producer id are used up: a new id starts over.</summary>
    public TransactionMetadata Rotate(long newProducerId, bool continues, TimeSpan timeout) =>
        this with
        {
            Producer = new ProducerIdentity(newProducerId, 0),
            PreviousProducerId = Producer.ProducerId,
            LastEpoch = continues ? Producer.Epoch : (short)-1,
            Timeout = timeout,
            State = TransactionState.Empty,
            Partitions = [],
            Groups = Groups.Clear(),
            StartedAt = -1,
        };

    public TransactionMetadata Add(IEnumerable<TopicPartition> partitions, string? group, long now) =>
        this with
        {
            State = TransactionState.Ongoing,
            StartedAt = State == TransactionState.Ongoing ? StartedAt : now,
            Partitions = Partitions.Union(partitions),
            Groups = group is null ? Groups : Groups.Add(group),
        };

    public TransactionMetadata Prepare(bool commit) =>
        this with
        {
            State = commit ? TransactionState.PrepareCommit : TransactionState.PrepareAbort,
        };

    /// <summary>An abort that nobody's producer asked for: the epoch goes up, so that the producer that was at it is fenced.</summary>
    public TransactionMetadata PrepareFencingAbort() => Prepare(commit: false) with { Producer = Bumped(), LastEpoch = -1 };

    public TransactionMetadata Complete() =>
        this with
        {
            State = State == TransactionState.PrepareCommit ? TransactionState.CompleteCommit : TransactionState.CompleteAbort,
            Partitions = [],
            Groups = Groups.Clear(),
        };

    /// <summary>Whether this is the producer, and nobody else has taken its place.</summary>
    public ErrorCode Check(ProducerIdentity producer)
    {
        if (producer.ProducerId != Producer.ProducerId)
        {
            return ErrorCode.InvalidProducerIdMapping;
        }

        return producer.Epoch == Producer.Epoch ? ErrorCode.None : ErrorCode.ProducerFenced;
    }

    /// <summary>What ending the transaction would mean now: null to go ahead, else the answer.</summary>
    public ErrorCode? CheckEnd(bool commit) =>
        State switch
        {
            TransactionState.Ongoing => null,
            TransactionState.CompleteCommit => commit ? ErrorCode.None : ErrorCode.InvalidTxnState,
            TransactionState.CompleteAbort => commit ? ErrorCode.InvalidTxnState : ErrorCode.None,
            TransactionState.PrepareCommit => commit ? ErrorCode.ConcurrentTransactions : ErrorCode.InvalidTxnState,
            TransactionState.PrepareAbort => commit ? ErrorCode.InvalidTxnState : ErrorCode.ConcurrentTransactions,
            _ => ErrorCode.InvalidTxnState,
        };

    private static bool IsExhausted(short epoch) => epoch >= short.MaxValue - 1;

    private ProducerIdentity Bumped() => Producer with { Epoch = (short)(Producer.Epoch + 1) };
}
