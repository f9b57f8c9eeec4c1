using System.Globalization;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Millrace.Embedded.Infrastructure.Keda;

/// <summary>The Kubernetes objects that depend on the jobs, as YAML.</summary>
internal static class KedaFiles
{
    private const string Header = "# Generated from the graphs of the jobs by the command infra, with generated/job.json. Do not edit.\n";

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
                    new KafkaMetadata(
                        source.Topic,
                        source.ConsumerGroup,
                        lag,
                        topology.PartitionsOf(source).ToString(CultureInfo.InvariantCulture)
                    )
                )
            );
        }

        // Entities have work when no record comes in: the queues of their task hub count too. Names of queues are lower-case. The scheduler
        // has none, and KEDA no scaler for it.
        int queues = topology.Backend == DurableBackend.AzureStorage ? topology.ControlQueues : 0;
        for (int i = 0; i < queues; i++)
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

/// <summary>Kubernetes' v1 ConfigMap: settings of the app.</summary>
/// <param name="name">Its name.</param>
/// <param name="data">Names of variables and their values.</param>
internal sealed class ConfigMap(string name, IReadOnlyDictionary<string, string> data)
{
    public string ApiVersion => "v1";

    public string Kind => "ConfigMap";

    public ObjectName Metadata { get; } = new(name);

    public IReadOnlyDictionary<string, string> Data { get; } = data;
}

/// <summary>What KEDA's cron scaler reads.</summary>
internal sealed class CronMetadata
{
    public string Timezone => "Etc/UTC";

    [YamlMember(Description = "At zero nobody ticks: woken now and then, the job closes the windows of topics that have gone quiet.")]
    public string Start => "0,15,30,45 * * * *";

    public string End => "2,17,32,47 * * * *";

    public string DesiredReplicas => "1";
}

/// <summary>What KEDA's azure-queue scaler reads.</summary>
/// <param name="queueName">The control queue.</param>
internal sealed class QueueMetadata(string queueName)
{
    public string AccountName => "set-by-overlay";

    public string QueueName { get; } = queueName;

    public string QueueLength => "64";

    public string ActivationQueueLength => "0";
}
