using System.Globalization;
using System.Text.Json.Nodes;
using k8s.Models;
using Millrace.Infra.Tests.Kubernetes;
using Millrace.Infra.Tests.Support;
using Xunit;

namespace Millrace.Infra.Tests;

/// <summary>The same facts stand in host.json, in the generated topology, in Bicep and in the ScaledObject: they must not part.</summary>
public sealed class DriftTests
{
    private readonly JobTopology _job = JobTopology.Read();
    private readonly JsonNode _host = JsonNode.Parse(Tree.Read("host.json"))!;

    [Fact]
    public void ShouldHaveTheHubOfTheHost_WhenTheTopologyIsGenerated()
    {
        var durable = _host["extensions"]!["durableTask"]!;

        Assert.Equal((string)durable["hubName"]!, _job.TaskHub);
        Assert.Equal((int)durable["storageProvider"]!["partitionCount"]!, _job.ControlQueues);
    }

    [Fact]
    public void ShouldWatchEveryControlQueue_WhenTheContainerIsScaled()
    {
        var watched = Triggers("azure-queue").Select(trigger => trigger.Metadata["queueName"]);

        var queues = Enumerable.Range(0, _job.ControlQueues).Select(i => $"{_job.TaskHub}-control-{i.ToString("00", CultureInfo.InvariantCulture)}");

        Assert.Equal(queues, watched);
    }

    [Fact]
    public void ShouldWatchEverySource_WhenTheContainerIsScaled()
    {
        var watched = Triggers("kafka").Select(trigger => (
            trigger.Name, trigger.Metadata["topic"], trigger.Metadata["consumerGroup"], long.Parse(trigger.Metadata["lagThreshold"], CultureInfo.InvariantCulture)));

        Assert.Equal(_job.Sources.Select(source => ((string?)source.Function, source.Topic, source.ConsumerGroup, source.LagThreshold)), watched);
    }

    [Fact]
    public void ShouldHaveNoIdleInstance_WhenTheContainerIsScaledToItsMost()
    {
        var partitions = _job.Sources.Max(source => _job.Topics.Single(topic => topic.Name == source.Topic).Partitions);

        Assert.Equal(partitions, Manifests.OfBase().Single<ScaledObject>().Spec.MaxReplicaCount);
    }

    [Fact]
    public void ShouldNameTheSameBrokerSettings_WhenTheAppRunsAnywhere()
    {
        var local = JsonNode.Parse(Tree.Read("local.settings.json"))!["Values"]!.AsObject().Select(pair => pair.Key);
        var manifests = Manifests.OfBase();
        var container = manifests.Single<V1Deployment>().Spec.Template.Spec.Containers.Single();
        var kubernetes = manifests.Single<V1ConfigMap>().Data.Keys.Concat(container.Env.Select(variable => variable.Name));
        var bicep = Tree.Read("infra/modules/settings.bicep").Split('\n')
            .Select(line => line.Trim().Split(':')[0])
            .Where(name => name.StartsWith("Kafka", StringComparison.Ordinal));

        Assert.Equal(["KafkaBrokers"], local.Where(name => name.StartsWith("Kafka", StringComparison.Ordinal)));
        Assert.Equal(["KafkaBrokers", "KafkaPassword", "KafkaUsername"], bicep.Order(StringComparer.Ordinal));
        Assert.Equal(["KafkaBrokers", "KafkaPassword", "KafkaUsername"], kubernetes.Where(name => name.StartsWith("Kafka", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<ScaledObject.Trigger> Triggers(string type) =>
        Manifests.OfBase().Single<ScaledObject>().Spec.Triggers.Where(trigger => trigger.Type == type);
}
