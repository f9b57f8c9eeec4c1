using Microsoft.Azure.Functions.Worker;

namespace Millrace.Functions.Outbox;

/// <summary>What the outbox activity gives to the host.</summary>
/// <param name="records">The records.</param>
public sealed class OutboxOutput(IReadOnlyList<string> records)
{
    /// <summary>The records. Fire and forget: the host only logs a failed delivery.</summary>
    [KafkaOutput("%KafkaBrokers%", "%MillraceTopic%")]
    public IReadOnlyList<string> Records { get; } = [.. records];
}
