using Millrace.Durable;
using Millrace.Graph;

namespace Millrace.Functions.Jobs;

/// <summary>One Kafka trigger: a topic of a source of a job.</summary>
internal sealed record SourceFunctionEntry(string FunctionName, JobEntry Job, Stage Source, string Topic)
{
    public string ConsumerGroup => DurableJobPlan.TopicsOf(Source).GroupId ?? Job.Name;
}
