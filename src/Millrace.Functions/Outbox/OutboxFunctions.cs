using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Millrace.Functions.Outbox;

/// <summary>
/// Sinks with the guarantee <c>BestEffort</c>: an orchestration per batch calls the sink's activity, whose output the host's Kafka binding
/// writes.
/// </summary>
public static class OutboxFunctions
{
    internal const string OrchestratorName = "millrace-outbox";
    internal const string OrchestratorEntryPoint = "Millrace.Functions.Outbox.OutboxFunctions.OrchestrateAsync";
    internal const string ActivityEntryPoint = "Millrace.Functions.Outbox.OutboxFunctions.Send";

    /// <summary>Calls the activity of a batch's sink.</summary>
    /// <param name="context">Has the <see cref="OutboxInput"/>.</param>
    [Function(OrchestratorName)]
    public static Task OrchestrateAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        OutboxInput input =
            context.GetInput<OutboxInput>()
            ?? throw new InvalidOperationException($"Orchestration '{context.InstanceId}' has no records; only this app starts it.");
        return context.CallActivityAsync(input.Function, input);
    }

    /// <summary>Hands records to the output binding.</summary>
    /// <param name="input">The records.</param>
    [Function("millrace-outbox-send")]
    public static OutboxOutput Send([ActivityTrigger] OutboxInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new OutboxOutput(input.Records);
    }
}

/// <summary>What the outbox activity gives to the host.</summary>
/// <param name="records">The records.</param>
public sealed class OutboxOutput(IReadOnlyList<string> records)
{
    /// <summary>The records. Fire and forget: the host only logs a failed delivery.</summary>
    [KafkaOutput("%KafkaBrokers%", "%MillraceTopic%")]
    public IReadOnlyList<string> Records { get; } = [.. records];
}
