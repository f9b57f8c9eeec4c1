using Millrace.Api;
using Millrace.Embedded.Cli;
using Millrace.Embedded.Hosting;
using Millrace.Embedded.Infrastructure;
using Millrace.Kafka;
using Millrace.Samples;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Embedded.Tests.Infrastructure;

public sealed class TopologyBuilderTests
{
    private readonly List<string> _said = [];

    [Fact]
    public void ShouldNameEveryTopicAndTrigger_WhenJobsHaveSinksDeadLettersAndTransactions()
    {
        Topology topology = Build(
            new TopologyDecisions
            {
                Jobs = ["uppercase", "log-analysis"],
                Settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["guarantee"] = "ExactlyOnce" },
            }
        );

        Assert.Equal(
            [
                "access-log",
                "access-log-alerts",
                "access-log-dead-letters",
                "access-log-late",
                "access-log-paths",
                "access-log-totals",
                "millrace-progress",
                "my_topic",
                "my_topic_upper",
            ],
            topology.Topics.Select(topic => topic.Name)
        );
        Assert.Equal([new("millrace-progress", 1, "Compact", 72)], topology.Topics.Where(topic => topic.CleanupPolicy != "Delete"));
        Assert.Equal(
            [new("source-access-log", "access-log", "millrace-log-analysis"), new("source-my-topic", "my_topic", "millrace-uppercase")],
            topology.Sources
        );
        Assert.Equal(["log-analysis", "uppercase"], topology.Jobs);
    }

    [Fact]
    public void ShouldCarryTheJobInTheName_WhenJobsReadOneTopic()
    {
        Topology topology = Build(new TopologyDecisions { Jobs = ["nexmark-q1", "nexmark-q5"] });

        Assert.Equal(
            ["source-nexmark-q1-nexmark-events", "source-nexmark-q5-nexmark-events"],
            topology.Sources.Select(source => source.Function)
        );
        Assert.Equal(["millrace-nexmark-q1", "millrace-nexmark-q5"], topology.Sources.Select(source => source.ConsumerGroup));
    }

    [Fact]
    public void ShouldKeepWhatWasDecided_WhenCommandLineLeavesItOut()
    {
        Topology first = Build(
            new TopologyDecisions
            {
                Jobs = ["uppercase"],
                Settings = AppSettings.Names(
                    new Dictionary<string, string>(StringComparer.Ordinal) { ["uppercase:input_topic"] = "orders" }
                ),
                Parallelism = 8,
                LagThreshold = 1000,
                TaskHub = "orders",
                Backend = DurableBackend.DurableTaskScheduler,
                ControlQueues = 16,
                RetentionHours = 5,
                Partitions = 12,
                Topics = new Dictionary<string, int>(StringComparer.Ordinal) { ["orders"] = 32, ["chosen"] = 3 },
            }
        );
        Topology second = Build(new TopologyDecisions(), first);
        Topology third = Build(new TopologyDecisions { Partitions = 6 }, first);

        Assert.Equal(TopologyFile.Write(first), TopologyFile.Write(second));
        Assert.Equal([("chosen", 3), ("my_topic_upper", 12), ("orders", 32)], first.Topics.Select(topic => (topic.Name, topic.Partitions)));
        Assert.Equal("orders", Assert.Single(second.Sources).Topic);
        Assert.Equal(32, second.UsefulInstances());
        Assert.Equal("orders", AppSettings.Of(second)["uppercase__input_topic"]);
        Assert.All(third.Topics, topic => Assert.Equal(6, topic.Partitions));
        Assert.Contains("Topic my_topic_upper: 12 partitions (--partitions)", _said);
        Assert.Contains("Topic orders: 32 partitions (--topic)", _said);
        Assert.Contains("Topic orders: 32 partitions (as before)", _said);
    }

    [Fact]
    public void ShouldKeepOtherTopics_WhenOneIsAddedOrTakenAway()
    {
        Topology first = Build(new TopologyDecisions { Jobs = ["uppercase"], Topics = Topics(("one", 3)) });
        Topology second = Build(new TopologyDecisions { Topics = Topics(("two", 5)) }, first);
        Topology third = Build(new TopologyDecisions { Topics = Topics(("one", 0)) }, second);
        CliException failure = Assert.Throws<CliException>(() => Build(new TopologyDecisions { Topics = Topics(("my_topic", 0)) }, third));

        Assert.Equal(
            [("one", 3), ("two", 5)],
            second.ChosenTopics.Select(name => (name, second.Topics.Single(t => t.Name == name).Partitions))
        );
        Assert.Equal(["my_topic", "my_topic_upper", "two"], third.Topics.Select(topic => topic.Name));
        Assert.Contains("--topic my_topic:0 would leave out", failure.Message, StringComparison.Ordinal);

        static Dictionary<string, int> Topics(params (string Name, int Partitions)[] topics) =>
            topics.ToDictionary(topic => topic.Name, topic => topic.Partitions, StringComparer.Ordinal);
    }

    [Fact]
    public void ShouldLeaveOutASetting_WhenNoJobReadsItAnyMore()
    {
        Topology first = Build(
            new TopologyDecisions
            {
                Jobs = ["log-analysis", "uppercase"],
                Settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["window_seconds"] = "30", ["group"] = "one" },
            }
        );
        Topology second = Build(new TopologyDecisions { Jobs = ["uppercase"] }, first);

        Assert.Equal(["group"], second.Settings.Keys);
        Assert.Contains("Setting window_seconds is left out: no job of the app reads it any more.", _said);
    }

    [Fact]
    public async Task ShouldTakePartitionsOfTheCluster_WhenItIsGiven()
    {
        await using TestBroker broker = await TestBroker.StartAsync(("my_topic", 7), ("my_topic_upper", 0));
        using KafkaCluster cluster = await KafkaCluster.ConnectAsync(
            broker.BootstrapServers,
            new Dictionary<string, string>(StringComparer.Ordinal),
            Deadline.Token()
        );

        Topology topology = new TopologyBuilder(
            Samples(),
            before: null,
            new TopologyDecisions { Jobs = ["uppercase"], Partitions = 2 },
            cluster,
            _said.Add
        ).Build();

        Assert.Equal([("my_topic", 7), ("my_topic_upper", 2)], topology.Topics.Select(topic => (topic.Name, topic.Partitions)));
        Assert.Contains($"Topic my_topic: 7 partitions (at {broker.BootstrapServers})", _said);
        Assert.Equal("millrace-uppercase", Assert.Single(topology.Sources).ConsumerGroup);
    }

    [Fact]
    public void ShouldListWhatIsWrongWithAllJobs_WhenTheyCannotRunAsAFunctionApp()
    {
        JobAssembly jobs = new("jobs.dll", [new Job("fixed", "elsewhere:9092"), new Job("loop", servers: null, "in", "in")]);

        CliException failure = Assert.Throws<CliException>(() =>
            new TopologyBuilder(jobs, before: null, new TopologyDecisions(), cluster: null, _said.Add).Build()
        );

        Assert.Contains(
            "Job 'fixed' reads 'kafka:in at elsewhere:9092', expected a topic of the app's brokers",
            failure.Message,
            StringComparison.Ordinal
        );
        Assert.Contains("Job 'loop': ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldSayThatTopicsAreUnknown_WhenASinkChoosesThem()
    {
        JobAssembly jobs = new("jobs.dll", [new Job("choosing", servers: null, "in", output: null)]);

        Topology topology = new TopologyBuilder(jobs, before: null, new TopologyDecisions(), cluster: null, _said.Add).Build();

        Assert.Equal(["in"], topology.Topics.Select(topic => topic.Name));
        Assert.Equal("choosing", Assert.Single(topology.Sources).ConsumerGroup);
        Assert.Contains(_said, line => line.Contains("chooses topics record by record", StringComparison.Ordinal));
    }

    [Fact]
    public void ShouldRefuseTheName_WhenAParameterCannotBeAnAppSetting()
    {
        CliException failure = Assert.Throws<CliException>(() =>
            AppSettings.Names(new Dictionary<string, string>(StringComparer.Ordinal) { ["input-topic"] = "x" })
        );
        Assert.Contains("--set 'input-topic' cannot be deployed", failure.Message, StringComparison.Ordinal);
    }

    private static JobAssembly Samples() => JobAssembly.Load(typeof(UppercaseJob).Assembly.Location);

    private Topology Build(TopologyDecisions decisions, Topology? before = null) =>
        new TopologyBuilder(Samples(), before, decisions, cluster: null, _said.Add).Build();

    /// <summary>Copies a topic, to one that the record names where <paramref name="output"/> is left out.</summary>
    private sealed class Job(string name, string? servers, string input = "in", string? output = "out") : IStreamJob
    {
        public string Name => name;

        public void Build(StreamExecutionEnvironment env)
        {
            string brokers = servers ?? env.Configuration["Kafka:bootstrap.servers"]!;
            KafkaSinkBuilder<string> sink = KafkaSink
                .Builder<string>()
                .SetBootstrapServers(brokers)
                .SetValueSerializer(SimpleStringSchema.Instance);
            sink = output is null ? sink.SetTopicSelector(static value => value) : sink.SetTopic(output);
            env.FromSource(
                    KafkaSource
                        .Builder<string>()
                        .SetBootstrapServers(brokers)
                        .SetTopics(input)
                        .SetDeserializer(SimpleStringSchema.Instance)
                        .Build()
                )
                .WithUid("source")
                .SinkTo(sink.Build())
                .WithUid("sink");
        }
    }
}
