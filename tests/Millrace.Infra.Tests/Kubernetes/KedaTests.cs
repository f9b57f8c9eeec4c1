using System.Globalization;
using k8s.Models;
using Millrace.Embedded.Infrastructure;
using Millrace.Infra.Tests.Support;
using Xunit;

namespace Millrace.Infra.Tests.Kubernetes;

public sealed class KedaTests
{
    // KEDA's API takes any string in a trigger's metadata and ignores what the scaler does not know: these are what the scalers of 2.20
    // read.
    private static readonly Dictionary<string, (string[] Required, string[] Optional)> Scalers = new(StringComparer.Ordinal)
    {
        ["kafka"] = (
            ["bootstrapServersFromEnv", "consumerGroup", "topic"],
            [
                "lagThreshold",
                "activationLagThreshold",
                "offsetResetPolicy",
                "allowIdleConsumers",
                "scaleToZeroOnInvalidOffset",
                "excludePersistentLag",
                "limitToPartitionsWithLag",
                "ensureEvenDistributionOfPartitions",
                "version",
                "sasl",
                "tls",
            ]
        ),
        ["azure-queue"] = (["queueName", "accountName"], ["queueLength", "activationQueueLength", "queueLengthStrategy", "endpointSuffix"]),
        ["cron"] = (["timezone", "start", "end", "desiredReplicas"], []),
    };

    private readonly Manifests _manifests = Manifests.OfBase();

    [Fact]
    public void ShouldGiveScalersWhatTheyRead_WhenATriggerIsConfigured()
    {
        Assert.All(
            _manifests.Single<ScaledObject>().Spec.Triggers,
            trigger =>
            {
                (string[]? required, string[]? optional) = Scalers[trigger.Type];
                Assert.Empty(required.Except(trigger.Metadata.Keys, StringComparer.Ordinal));
                Assert.Empty(trigger.Metadata.Keys.Except(required.Concat(optional), StringComparer.Ordinal));
            }
        );
    }

    [Fact]
    public void ShouldFindWhatItRefersTo_WhenTheScalerStarts()
    {
        ScaledObject scaled = _manifests.Single<ScaledObject>();
        V1Deployment deployment = _manifests.Single<V1Deployment>();
        Dictionary<string, TriggerAuthentication> authentications = _manifests
            .All<TriggerAuthentication>()
            .ToDictionary(item => item.Metadata.Name, StringComparer.Ordinal);
        IReadOnlyDictionary<string, string> settings = _manifests.Settings;

        Assert.Equal(deployment.Metadata.Name, scaled.Spec.ScaleTargetRef.Name);
        Assert.Contains(
            deployment.Spec.Template.Spec.Containers,
            container => container.Name == scaled.Spec.ScaleTargetRef.EnvSourceContainerName
        );
        Assert.All(
            scaled.Spec.Triggers.Where(trigger => trigger.AuthenticationRef is not null),
            trigger => Assert.Contains(trigger.AuthenticationRef!.Name, authentications.Keys)
        );
        Assert.All(
            scaled
                .Spec.Triggers.SelectMany(trigger => trigger.Metadata)
                .Where(pair => pair.Key.EndsWith("FromEnv", StringComparison.Ordinal)),
            pair => Assert.Contains(pair.Value, settings.Keys)
        );
    }

    [Fact]
    public void ShouldUseNoKey_WhenQueuesAreRead()
    {
        ScaledObject.Trigger queue = _manifests.Single<ScaledObject>().Spec.Triggers.First(trigger => trigger.Type is "azure-queue");

        TriggerAuthentication authentication = _manifests
            .All<TriggerAuthentication>()
            .Single(item => item.Metadata.Name == queue.AuthenticationRef!.Name);

        Assert.Equal("azure-workload", authentication.Spec.PodIdentity!.Provider);
        Assert.Empty(authentication.Spec.SecretTargetRef);
    }

    [Fact]
    public void ShouldReadTheSecretOfTheApp_WhenTheBrokerIsAsked()
    {
        V1Container container = _manifests.Single<V1Deployment>().Spec.Template.Spec.Containers.Single();
        IEnumerable<(string Name, string Key)> ofTheApp = container
            .Env.Select(variable => variable.ValueFrom.SecretKeyRef)
            .Select(key => (key.Name, key.Key));

        TriggerAuthentication authentication = _manifests
            .All<TriggerAuthentication>()
            .Single(item => item.Metadata.Name == "millrace-kafka");

        Assert.Equal(ofTheApp, authentication.Spec.SecretTargetRef.Select(target => (target.Name, target.Key)));
    }

    [Fact]
    public void ShouldOverlookTheTransactionMarkersOfAllPartitions_WhenATopicIsQuiet()
    {
        // KEDA adds up the lag of all partitions and wakes the app when it is above the threshold; a marker leaves one per partition.
        Topology job = TopologyFile.Read(Tree.PathOf("infra/generated/job.json"))!;

        Assert.All(
            _manifests.Single<ScaledObject>().Spec.Triggers.Where(trigger => trigger.Type is "kafka"),
            trigger =>
            {
                int partitions = job.Topics.Single(topic => topic.Name == trigger.Metadata["topic"]).Partitions;
                Assert.Equal(partitions.ToString(CultureInfo.InvariantCulture), trigger.Metadata["activationLagThreshold"]);
            }
        );
    }

    [Fact]
    public void ShouldWakeTheAppNowAndThen_WhenRecordsAreTooFewToWakeIt()
    {
        ScaledObject scaled = _manifests.Single<ScaledObject>();

        ScaledObject.Trigger tick = Assert.Single(scaled.Spec.Triggers, trigger => trigger.Type is "cron");

        Assert.Equal("1", tick.Metadata["desiredReplicas"]);
        Assert.StartsWith("0,15,30,45 ", tick.Metadata["start"], StringComparison.Ordinal);
    }
}
