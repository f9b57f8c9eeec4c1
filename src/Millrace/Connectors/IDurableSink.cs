using Millrace.Serialization;

namespace Millrace.Connectors;

/// <summary>
/// A sink that a trigger-driven host (Azure Functions) can run: records are encoded into the task's outbox and sent from there.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface IDurableSink<T> : ISink<T>
{
    /// <summary>What the sink promises.</summary>
    DurableSinkGuarantee Guarantee { get; }

    /// <summary>
    /// What keeps the sink from running on a trigger-driven host, each with its remedy; shown with the job's other errors when the app
    /// starts. Default: nothing.
    /// </summary>
    IReadOnlyCollection<string> DurableErrors => [];

    /// <summary>
    /// The one Kafka topic that all records go to; <see langword="null"/>, the default, = the sink is no Kafka topic, or chooses one for
    /// each record. With <see cref="DurableSinkGuarantee.BestEffort"/> it is what the host's output binding writes to.
    /// </summary>
    string? Topic => null;

    /// <summary>Encodes a record for the outbox. Called on the task's thread.</summary>
    /// <param name="value">The record.</param>
    /// <param name="timestamp">Its event timestamp in milliseconds since the Unix epoch.</param>
    /// <param name="output">Where to; in the sink's own format.</param>
    void Encode(T value, long timestamp, DataWriter output);

    /// <summary>Creates the sending side for encoded records; one per process and task.</summary>
    /// <param name="context">Names and services of the task.</param>
    IDurableSinkSender CreateSender(ConnectorContext context);
}

/// <summary>Sends encoded records from a task's outbox. One call at a time.</summary>
public interface IDurableSinkSender : IAsyncDisposable
{
    /// <summary>
    /// Returns when all records are durable at the destination: acknowledged, or committed together with a progress marker. With
    /// exactly-once, records at or below the marker are left out, so a repeated call does no harm.
    /// </summary>
    /// <param name="records">The records, in order of sequence.</param>
    /// <param name="cancellationToken">Ends the wait; the records may or may not have been sent.</param>
    /// <exception cref="InvalidOperationException">Another process sends for the same task (it is fenced), or the destination
    /// refused.</exception>
    Task SendAsync(IReadOnlyList<DurableSinkRecord> records, CancellationToken cancellationToken);
}

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

/// <summary>An encoded record with its stable identity.</summary>
/// <param name="Sequence">Position of the record in its task's output; rises.</param>
/// <param name="Id">The stable id, sent in the header <c>millrace-id</c>.</param>
/// <param name="Data">What <see cref="IDurableSink{T}.Encode"/> wrote.</param>
public readonly record struct DurableSinkRecord(long Sequence, string Id, ReadOnlyMemory<byte> Data);
