using Millrace.Kafka.Producing;

namespace Millrace.Kafka.Transactions;

/// <summary>
/// One transactional id of a sink task with its producer.
/// <code>
/// Free -> Open (records are written) -> Prepared (its barrier has passed) -> Retained (committed, but still named by the last complete
/// checkpoint) -> Free
/// </code>
/// A retained slot is left alone: after a crash its transaction is committed once more, which must not meet a younger transaction of the
/// same producer.
/// </summary>
internal sealed class ProducerSlot(string transactionalId, RawProducer producer)
{
    internal string TransactionalId { get; } = transactionalId;

    internal RawProducer Producer { get; } = producer;

    internal ProducerSlotState State { get; set; }

    /// <summary>The transaction, while prepared.</summary>
    internal PreparedTransaction? Prepared { get; set; }
}
