using System.Text.Json;
using Millrace.Infra.Tests.Support;

namespace Millrace.Infra.Tests;

/// <summary>infra/generated/job.json: what the graph of the job determines.</summary>
internal sealed record JobTopology(string TaskHub, int ControlQueues, JobTopology.Topic[] Topics, JobTopology.Source[] Sources)
{
    public static JobTopology Read() =>
        JsonSerializer.Deserialize<JobTopology>(Tree.Read("infra/generated/job.json"), JsonSerializerOptions.Web)!;

    internal sealed record Topic(string Name, int Partitions, string CleanupPolicy, int RetentionHours);

    internal sealed record Source(string Function, string Topic, string ConsumerGroup, long LagThreshold);
}
