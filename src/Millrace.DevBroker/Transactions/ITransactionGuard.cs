using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Transactions;

/// <summary>
/// Lets a transactional batch into a log only if the coordinator knows its transaction and that the partition is part of it (KIP-890).
/// </summary>
internal interface ITransactionGuard
{
    /// <summary>None if the batch may be appended; otherwise the error that the producer gets for this partition.</summary>
    ErrorCode Check(string transactionalId, long producerId, short producerEpoch, string topic, int partition);
}
