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
