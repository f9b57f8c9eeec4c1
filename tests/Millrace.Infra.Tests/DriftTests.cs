using System.Globalization;
using System.Text.Json.Nodes;
using k8s.Models;
using Millrace.Embedded.Cli;
using Millrace.Embedded.Infrastructure;
using Millrace.Infra.Tests.Bicep;
using Millrace.Infra.Tests.Kubernetes;
using Millrace.Infra.Tests.Support;
using Xunit;

namespace Millrace.Infra.Tests;

/// <summary>
/// The same facts stand in the jobs, in host.json, in the generated topology, in Bicep and in the ScaledObject: they must not part.
/// </summary>
public sealed class DriftTests
{
    private readonly Topology _job = TopologyFile.Read(Tree.PathOf("infra/generated/job.json"))!;
    private readonly JsonNode _host = JsonNode.Parse(Tree.Read("host.json"))!;

    [Fact]
    public async Task ShouldBeWhatTheJobsSay_WhenFilesAreGenerated()
    {
        (int exitCode, string? output, string? error) = await InfraCommandLine.CheckAsync(Tree.PathOf("infra"), Tree.PathOf("host.json"));

        Assert.True(exitCode == CliApplication.Success, $"Run ./run infra samples.\n{output}{error}");
    }

    [Theory]
    [InlineData("host.json", "\"commitOnFailure\": false", "\"commitOnFailure\": true")]
    [InlineData("host.json", "\"partitionCount\": 4", "\"partitionCount\": 5")]
    [InlineData("infra/generated/job.json", "millrace-uppercase", "millrace")]
    [InlineData("infra/keda/base/scaledobject.generated.yaml", "topic: my_topic", "topic: mine")]
    [InlineData("infra/keda/base/job.generated.yaml", "Millrace__Jobs: uppercase", "Millrace__Jobs: other")]
    public async Task ShouldShowTheLine_WhenAFileHasDrifted(string file, string there, string instead)
    {
        using InfraCopy copy = new();
        string hostJson = copy.PathOf("host.json");
        File.Copy(Tree.PathOf("host.json"), hostJson);
        string path = copy.PathOf(Path.GetRelativePath(file == "host.json" ? "." : "infra", file));
        string text = await File.ReadAllTextAsync(path);
        Assert.Contains(there, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(path, text.Replace(there, instead, StringComparison.Ordinal));

        (int exitCode, string? output, string? error) = await InfraCommandLine.CheckAsync(copy.Root, hostJson);

        Assert.Equal(CliApplication.Failure, exitCode);
        List<string> lines = output.Split('\n').Select(line => line.TrimEnd('\r')).ToList();
        Assert.Contains(lines, line => line.StartsWith('-') && line.Contains(instead, StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith('+') && line.Contains(there, StringComparison.Ordinal));
        Assert.Contains("1 file is not what the jobs say", error, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldGiveTheSameSettings_WhenTheAppRunsAnywhere()
    {
        ICollection<string> kubernetes = Manifests.OfBase().All<V1ConfigMap>().Single(map => map.Metadata.Name == "millrace-job").Data.Keys;
        IEnumerable<string> bicep = Tree.Read("infra/modules/settings.bicep")
            .Split('\n')
            .Select(line => line.Trim().Split(':')[0])
            .Where(name =>
                name.StartsWith("Millrace__", StringComparison.Ordinal)
                || name.StartsWith("AzureFunctionsWebHost__", StringComparison.Ordinal)
            );

        Assert.Contains("AzureFunctionsWebHost__hostid", kubernetes);
        Assert.Equal(bicep.Concat(_job.Settings.Keys).Order(StringComparer.Ordinal), kubernetes.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ShouldTellHostsApart_WhenTheirHubsHaveLongNames()
    {
        // The host takes 32 characters; hubs have up to 45.
        string[] hubs = [new string('a', 45), new string('a', 44) + "b", "Short"];

        string[] ids = [.. hubs.Select(hub => AppSettings.Of(_job with { TaskHub = hub })["AzureFunctionsWebHost__hostid"])];

        Assert.All(ids, id => Assert.Matches("^[a-z0-9]+(-[a-z0-9]+)*$", id));
        Assert.All(ids, id => Assert.InRange(id.Length, 1, 32));
        Assert.Distinct(ids);
        Assert.Equal("short", ids[2]);
    }

    [Fact]
    public void ShouldHaveTheHubOfTheHost_WhenTheTopologyIsGenerated()
    {
        JsonNode durable = _host["extensions"]!["durableTask"]!;

        Assert.Equal((string)durable["hubName"]!, _job.TaskHub);
        Assert.Equal((int)durable["storageProvider"]!["partitionCount"]!, _job.ControlQueues);
    }

    [Fact]
    public void ShouldWatchEveryControlQueue_WhenTheContainerIsScaled()
    {
        IEnumerable<string> watched = Triggers("azure-queue").Select(trigger => trigger.Metadata["queueName"]);

        IEnumerable<string> queues = Enumerable
            .Range(0, _job.ControlQueues)
            .Select(i => $"{_job.TaskHub}-control-{i.ToString("00", CultureInfo.InvariantCulture)}");

        Assert.Equal(queues, watched);
    }

    [Fact]
    public void ShouldWatchEverySource_WhenTheContainerIsScaled()
    {
        IEnumerable<(string? Name, string, string, long)> watched = Triggers("kafka")
            .Select(trigger =>
                (
                    trigger.Name,
                    trigger.Metadata["topic"],
                    trigger.Metadata["consumerGroup"],
                    long.Parse(trigger.Metadata["lagThreshold"], CultureInfo.InvariantCulture)
                )
            );

        Assert.NotEmpty(_job.Sources);
        Assert.Equal(
            _job.Sources.Select(source => ((string?)source.Function, source.Topic, source.ConsumerGroup, (long)_job.LagThreshold)),
            watched
        );
    }

    [Fact]
    public void ShouldHaveNoIdleInstance_WhenTheContainerIsScaledToItsMost()
    {
        int partitions = _job.Sources.Max(source => _job.Topics.Single(topic => topic.Name == source.Topic).Partitions);

        Assert.Equal(Math.Max(partitions, _job.ControlQueues), Manifests.OfBase().Single<ScaledObject>().Spec.MaxReplicaCount);
    }

    [Fact]
    public void ShouldNameTheSameBrokerSettings_WhenTheAppRunsAnywhere()
    {
        IEnumerable<string> local = JsonNode.Parse(Tree.Read("local.settings.json"))!["Values"]!.AsObject().Select(pair => pair.Key);
        Manifests manifests = Manifests.OfBase();
        V1Container container = manifests.Single<V1Deployment>().Spec.Template.Spec.Containers.Single();
        IEnumerable<string> kubernetes = manifests.Settings.Keys.Concat(container.Env.Select(variable => variable.Name));
        IEnumerable<string> bicep = Tree.Read("infra/modules/settings.bicep")
            .Split('\n')
            .Select(line => line.Trim().Split(':')[0])
            .Where(name => name.StartsWith("Kafka", StringComparison.Ordinal));

        Assert.Equal(["KafkaBrokers"], local.Where(name => name.StartsWith("Kafka", StringComparison.Ordinal)));
        Assert.Equal(["KafkaBrokers", "KafkaPassword", "KafkaUsername"], bicep.Order(StringComparer.Ordinal));
        Assert.Equal(
            ["KafkaBrokers", "KafkaPassword", "KafkaUsername"],
            kubernetes.Where(name => name.StartsWith("Kafka", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
        );
    }

    private static IEnumerable<ScaledObject.Trigger> Triggers(string type) =>
        Manifests.OfBase().Single<ScaledObject>().Spec.Triggers.Where(trigger => trigger.Type == type);
}
