using Millrace.Durable.Tasks;
using Millrace.Graph;

namespace Millrace.Functions.Jobs;

/// <summary>One Kafka trigger: a topic of a source of a job.</summary>
internal sealed record SourceFunctionEntry(JobEntry Job, DurableTrigger Trigger)
{
    public string FunctionName => Trigger.FunctionName;

    public Stage Source => Trigger.Source;

    public string Topic => Trigger.Topic;

    public string ConsumerGroup => Trigger.ConsumerGroup;
}
