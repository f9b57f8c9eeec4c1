namespace Millrace.Connectors;

/// <summary>What a sink promises on a trigger-driven host.</summary>
public enum DurableSinkGuarantee
{
    /// <summary>
    /// The host's output binding, which is fire-and-forget: a failed delivery is only logged by the host. For stateless transforms that
    /// prefer latency and simplicity.
    /// </summary>
    BestEffort,

    /// <summary>
    /// Acknowledgements are awaited before the job's progress is recorded; after a failure a record may come twice, with the same
    /// <c>millrace-id</c>.
    /// </summary>
    AtLeastOnce,

    /// <summary>Records and a progress marker in one transaction; read the topic with <c>isolation.level=read_committed</c>.</summary>
    ExactlyOnce,
}
