using System.Globalization;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Millrace.Embedded.Infrastructure.Keda;

/// <summary>The Kubernetes objects that depend on the jobs, as YAML.</summary>
internal static class KedaFiles
{
    private const string Header = "# Generated from the graphs of the jobs by './run infra', with generated/job.json. Do not edit.\n";

    public static string ScaledObject(Topology topology)
    {
        List<Trigger> triggers = [];
        string lag = topology.LagThreshold.ToString(CultureInfo.InvariantCulture);
        foreach (TopologySource source in topology.Sources)
        {
            triggers.Add(
                new Trigger(
                    "kafka",
                    source.Function,
                    new ObjectName("millrace-kafka"),
                    new KafkaMetadata(source.Topic, source.ConsumerGroup, lag)
                )
            );
        }

        // Entities have work when no record comes in: the queues of their task hub count too. Names of queues are lower-case.
        for (int i = 0; i < topology.ControlQueues; i++)
        {
            string number = i.ToString("00", CultureInfo.InvariantCulture);
#pragma warning disable CA1308 // Durable makes the names of queues so.
            triggers.Add(
                new Trigger(
                    "azure-queue",
                    $"control-{number}",
                    new ObjectName("millrace-storage"),
                    new QueueMetadata($"{topology.TaskHub.ToLowerInvariant()}-control-{number}")
                )
            );
#pragma warning restore CA1308
        }

        triggers.Add(new Trigger("cron", "tick", AuthenticationRef: null, new CronMetadata()));
        return Write(new ScaledObject(topology.UsefulInstances(), triggers));
    }

    public static string JobSettings(Topology topology) => Write(new ConfigMap("millrace-job", AppSettings.Of(topology)));

    private static string Write(object manifest) =>
        Header
        + new SerializerBuilder()
            .WithNamingConvention(CamelCaseNamingConvention.Instance)
            .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull)
            .DisableAliases()
            .WithQuotingNecessaryStrings()
            .WithIndentedSequences()
            .WithNewLine("\n")
            .Build()
            .Serialize(manifest);
}
