using Millrace.Serialization;

namespace Millrace.Connectors;

/// <summary>
/// The part of <see cref="IDurableSink{T}"/> that does not know the type of the records: what a host needs to send what is encoded.
/// </summary>
public interface IDurableSink : ISink
{
    /// <summary>
    /// What the sink promises. With <see cref="DurableSinkGuarantee.BestEffort"/> <see cref="ISink.Topics"/> is the one Kafka topic that
    /// the function app's output binding writes to; other hosts send with <see cref="CreateSender"/>.
    /// </summary>
    DurableSinkGuarantee Guarantee { get; }

    /// <summary>
    /// What keeps the sink from running on a trigger-driven host, each with its remedy; shown with the job's other errors when the app
    /// starts. Default: nothing.
    /// </summary>
    IReadOnlyCollection<string> DurableErrors => [];

    /// <summary>
    /// Default: with <see cref="DurableSinkGuarantee.ExactlyOnce"/>, where <see cref="IDurableSink{T}"/> keeps records in the checkpoint
    /// and sends them when it is complete.
    /// </summary>
    bool ISink.CommitsByCheckpoints => Guarantee == DurableSinkGuarantee.ExactlyOnce;

    /// <summary>Creates the sending side for encoded records; one per process and task.</summary>
    /// <param name="context">Names and services of the task.</param>
    IDurableSinkSender CreateSender(ConnectorContext context);
}

/// <summary>
/// A sink for every host: <see cref="Encode"/> makes bytes of a record and a sender takes them outside. On a trigger-driven host (Azure
/// Functions) the bytes wait in the task's outbox. On the embedded host a writer made of the same two parts does the same in the process:
/// at-least-once records go out as they come and are all acknowledged at each checkpoint; exactly-once records wait in the checkpoint and
/// go out when it is complete, under sequence numbers that a repetition keeps, so the sender drops what it has sent.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface IDurableSink<T> : IDurableSink, ISink<T>
{
    /// <summary>
    /// Encodes a record for the outbox. Called on the task's thread, by many tasks at once, and needs nothing from outside. The same record
    /// gives the same bytes. What it throws concerns the record: the job's policy for errors of user code decides.
    /// </summary>
    /// <param name="value">The record.</param>
    /// <param name="timestamp">Its event timestamp in milliseconds since the Unix epoch.</param>
    /// <param name="output">Where to; in the sink's own format. Append only.</param>
    void Encode(T value, long timestamp, DataWriter output);

    /// <summary>Default: a writer made of <see cref="Encode"/> and <see cref="IDurableSink.CreateSender"/>.</summary>
    /// <param name="context">Names and services of the task.</param>
    ISinkWriter<T> ISink<T>.CreateWriter(ConnectorContext context) => OutboxSinkWriter.Create(this, context);
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
