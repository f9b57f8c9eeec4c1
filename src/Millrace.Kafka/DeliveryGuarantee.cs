namespace Millrace.Kafka;

/// <summary>What a sink promises about the records that it was given.</summary>
public enum DeliveryGuarantee
{
    /// <summary>
    /// Each record is written at least once: a checkpoint waits until the brokers have acknowledged all records before it. After a restart
    /// some may be written again. The default.
    /// </summary>
    AtLeastOnce,

    /// <summary>
    /// Each record is seen exactly once by readers with <c>isolation.level = read_committed</c>: records are written in transactions that
    /// are committed when the checkpoint is complete, so they become visible once per checkpoint interval.
    /// </summary>
    ExactlyOnce,

    /// <summary>
    /// Records are handed to the client and nothing is awaited: failed deliveries are only logged, and a crash loses what was not yet sent.
    /// </summary>
    BestEffort,
}
