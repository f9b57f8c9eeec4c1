namespace Millrace.Kafka;

/// <summary>Which records of transactions a source reads.</summary>
public enum KafkaIsolationLevel
{
    /// <summary>Only records of committed transactions, and of none (the default).</summary>
    ReadCommitted,

    /// <summary>All records, also those of open and aborted transactions.</summary>
    ReadUncommitted,
}
