using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Transactions;

/// <summary>What the transaction coordinator asks of the partitions.</summary>
internal interface ITransactionLog
{
    /// <summary>True if the topic has this partition.</summary>
    bool Exists(string topic, int partition);

    /// <summary>
    /// Appends a commit or abort marker, which ends the producer's transaction in this partition and fences older epochs of the producer id
    /// there. Safe to repeat: a marker where nothing is open only takes an offset. A partition that is gone meanwhile gives
    /// <see cref="ErrorCode.UnknownTopicOrPartition"/>; the coordinator goes on without it.
    /// </summary>
    ValueTask<ErrorCode> AppendMarkerAsync(
        string topic,
        int partition,
        long producerId,
        short producerEpoch,
        bool commit,
        int coordinatorEpoch,
        CancellationToken cancellationToken
    );
}
