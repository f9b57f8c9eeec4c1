using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Durable.Tasks;
using Millrace.Embedded.Cli;
using Millrace.Embedded.Hosting;
using Millrace.Graph;
using Millrace.Kafka;

namespace Millrace.Embedded.Infrastructure;

/// <summary>Reads the topology out of the graphs of jobs, without running them.</summary>
/// <param name="assembly">Where the jobs are.</param>
/// <param name="before">The topology of the last time.</param>
/// <param name="decisions">What the command line says.</param>
/// <param name="cluster">A cluster whose topics are taken as they are.</param>
/// <param name="say">Receives what a person should know.</param>
internal sealed class TopologyBuilder(
    JobAssembly assembly,
    Topology? before,
    TopologyDecisions decisions,
    KafkaCluster? cluster,
    Action<string> say
)
{
    // The compacted topic that exactly-once sinks keep their progress in; the connector creates it where it may.
    private const string ProgressTopic = "millrace-progress";
    private const string NoCluster = "kafka.invalid:9092";
    private const int DefaultPartitions = 4;
    private const int DefaultRetentionHours = 72;
    private const int DefaultLagThreshold = 50_000;
    private const int DefaultParallelism = 4;
    private const int DefaultControlQueues = 4;
    private const string DefaultTaskHub = "millrace";

    private readonly string _brokers = cluster?.BootstrapServers ?? NoCluster;

    /// <summary>What the jobs of the last <see cref="Build"/> ask of their backend.</summary>
    public IReadOnlyList<JobLoad> Loads { get; private set; } = [];

    public Topology Build()
    {
        string[] names = [.. decisions.Jobs.Count > 0 ? decisions.Jobs : before?.Jobs ?? [.. assembly.Jobs.Select(job => job.Name)]];
        IReadOnlyDictionary<string, string> settings =
            decisions.Settings ?? before?.Settings ?? new Dictionary<string, string>(StringComparer.Ordinal);
        int parallelism = decisions.Parallelism ?? before?.Parallelism ?? DefaultParallelism;
        List<string> errors = [];
        List<DurableJobPlan> plans = [];
        JobParameters parameters = new(AppSettings.Parameters(settings));
        foreach (string name in names)
        {
            if (Plan(assembly.Find(name), parameters, parallelism, errors) is { } plan)
            {
                plans.Add(plan);
            }
        }

        if (errors.Count > 0)
        {
            throw new CliException(
                "Nothing was generated, since these jobs cannot run as a function "
                    + $"app:\n{string.Join('\n', errors.Select(error => "  " + error))}\nCorrect them, or choose "
                    + "other jobs with --job NAME."
            );
        }

        if (decisions.Settings is not null)
        {
            parameters.ThrowIfUnread("The app");
        }

        Loads = [.. plans.Select(JobLoad.Of)];
        IReadOnlyList<DurableTrigger> triggers = DurableTrigger.Of(plans);
        SortedSet<string> named = new(plans.SelectMany(TopicsOf), StringComparer.Ordinal);
        foreach (string topic in decisions.Topics.Where(topic => topic.Value == 0 && named.Contains(topic.Key)).Select(topic => topic.Key))
        {
            throw new CliException($"--topic {topic}:0 would leave out a topic that a job reads or writes; give it 1 partition or more.");
        }

        SortedSet<string> chosen = new(
            (before?.ChosenTopics ?? [])
                .Concat(decisions.Topics.Keys)
                .Where(topic => !named.Contains(topic) && decisions.Topics.GetValueOrDefault(topic, 1) > 0),
            StringComparer.Ordinal
        );
        return new Topology
        {
            Jobs = [.. names.Order(StringComparer.Ordinal)],
            Settings = Read(settings, parameters),
            Parallelism = parallelism,
            LagThreshold = decisions.LagThreshold ?? before?.LagThreshold ?? DefaultLagThreshold,
            TaskHub = decisions.TaskHub ?? before?.TaskHub ?? DefaultTaskHub,
            Backend = BackendOf(),
            ControlQueues = decisions.ControlQueues ?? before?.ControlQueues ?? DefaultControlQueues,
            ChosenTopics = [.. chosen],
            Topics = [.. named.Concat(chosen).Order(StringComparer.Ordinal).Select(TopicOf)],
            Sources =
            [
                .. triggers
                    .Select(trigger => new TopologySource(trigger.FunctionName, trigger.Topic, trigger.ConsumerGroup))
                    .OrderBy(source => source.Function, StringComparer.Ordinal),
            ],
        };
    }

    // A job of the last time may not be there any more.
    private Dictionary<string, string> Read(IReadOnlyDictionary<string, string> settings, JobParameters parameters)
    {
        Dictionary<string, string> read = new(StringComparer.Ordinal);
        foreach ((string name, string value) in settings)
        {
            if (parameters.IsRead(AppSettings.ParameterOf(name)))
            {
                read.Add(name, value);
            }
            else
            {
                say($"Setting {name} is left out: no job of the app reads it any more.");
            }
        }

        return read;
    }

    private DurableBackend BackendOf()
    {
        DurableBackend backend = decisions.Backend ?? before?.Backend ?? DurableBackend.AzureStorage;
        if (before is not null && before.Backend != backend)
        {
            say(
                $"The task hub moves from {before.Backend} to {backend}, and what is in it stays behind: stop every job with a savepoint "
                    + "before this is deployed, and start it from that."
            );
        }

        return backend;
    }

    private DurableJobPlan? Plan(IStreamJob job, JobParameters parameters, int parallelism, List<string> errors)
    {
        try
        {
            Dictionary<string, string> kafka = new(
                cluster?.Properties ?? new Dictionary<string, string>(StringComparer.Ordinal),
                StringComparer.Ordinal
            );
            kafka.TryAdd("bootstrap.servers", NoCluster);
            StreamExecutionEnvironment env = JobEnvironments.Create(
                new HostSettings { Parallelism = parallelism },
                kafka,
                parameters,
                new InMemoryObjectStore(),
                NullLoggerFactory.Instance
            );
            job.Build(env);
            JobGraph graph = env.GetJobGraph(job.Name, hasStatelessSources: true);
            DurableJobPlan plan = new(graph, graph.Name);
            errors.AddRange(
                plan.Sources.SelectMany(source => DurableJobPlan.SourceOf(source).Topics)
                    .Where(topic => DurableConnectors.HasTrigger(topic) && !IsOfApp(topic))
                    .Select(topic =>
                        $"Job '{job.Name}' reads '{topic}', expected a topic of the app's brokers: a Kafka trigger knows no others. "
                        + "Take the brokers from env.Configuration, section Kafka."
                    )
            );
            return plan;
        }
        catch (JobValidationException failure)
        {
            errors.AddRange(failure.Errors.Select(error => $"Job '{job.Name}': {error}"));
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidOperationException or NotSupportedException)
        {
            errors.Add($"Job '{job.Name}': {failure.Message}");
        }

        return null;
    }

    private IEnumerable<string> TopicsOf(DurableJobPlan plan)
    {
        List<string> topics =
        [
            .. plan
                .Sources.Select(DurableJobPlan.SourceOf)
                .SelectMany(source => source.DeadLetterTopic is { } letters ? source.Topics.Append(letters) : source.Topics)
                .Where(IsOfApp)
                .Select(topic => topic.Name),
        ];
        foreach (StreamNode sink in plan.Graph.Nodes.Where(node => node.Sink is IDurableSink))
        {
            if (
                sink.Sink is IDurableSink { Guarantee: DurableSinkGuarantee.ExactlyOnce }
                && (sink.Topics.Count == 0 || sink.Topics.Any(DurableConnectors.HasTrigger))
            )
            {
                topics.Add(ProgressTopic);
            }
            if (sink.Topics.Count == 0)
            {
                say(
                    $"Sink '{sink.Name}' of job '{plan.Graph.Name}' chooses topics record by record; name those that are to be created "
                        + "with --topic NAME:PARTITIONS."
                );
            }
            foreach (Topic topic in sink.Topics)
            {
                if (IsOfApp(topic))
                {
                    topics.Add(topic.Name);
                }
                else
                {
                    say(
                        $"Sink '{sink.Name}' of job '{plan.Graph.Name}' writes '{topic}', which is not at the app's brokers and is not "
                            + "created."
                    );
                }
            }
        }

        return topics;
    }

    private bool IsOfApp(Topic topic) => topic == KafkaTopic.Of(_brokers, topic.Name);

    private TopologyTopic TopicOf(string name)
    {
        TopologyTopic? known = before?.Topics.FirstOrDefault(topic => string.Equals(topic.Name, name, StringComparison.Ordinal));
        bool isProgress = string.Equals(name, ProgressTopic, StringComparison.Ordinal);
        (int partitions, string source) =
            isProgress ? (1, "always")
            : cluster is not null && cluster.Topics.TryGetValue(name, out int there) ? (there, $"at {cluster.BootstrapServers}")
            : decisions.Topics.TryGetValue(name, out int given) ? (given, "--topic")
            : decisions.Partitions is { } all ? (all, "--partitions")
            : known is not null ? (known.Partitions, "as before")
            : (DefaultPartitions, "default");
        say($"Topic {name}: {partitions} partition{(partitions == 1 ? "" : "s")} ({source})");
        return new TopologyTopic(
            name,
            partitions,
            isProgress ? "Compact" : "Delete",
            decisions.RetentionHours ?? known?.RetentionHours ?? DefaultRetentionHours
        );
    }
}
