using k8s.Models;
using Millrace.Infra.Tests.Support;
using Xunit;

namespace Millrace.Infra.Tests.Kubernetes;

public sealed class ManifestTests
{
    private readonly Manifests _manifests = Manifests.OfBase();

    [Fact]
    public void ShouldRefuseAnUnknownProperty_WhenAManifestIsRead()
    {
        string service = Tree.Read("infra/keda/base/service.yaml").Replace("selector:", "selektor:", StringComparison.Ordinal);
        string scaled = Tree.Read("infra/keda/base/scaledobject.generated.yaml")
            .Replace("cooldownPeriod:", "coolDown:", StringComparison.Ordinal);

        Assert.ThrowsAny<Exception>(() => Manifests.Of(service));
        Assert.ThrowsAny<Exception>(() => Manifests.Of(scaled));
    }

    [Fact]
    public void ShouldMeetTheRestrictedPodSecurityStandard_WhenThePodRuns()
    {
        V1PodSpec pod = _manifests.Single<V1Deployment>().Spec.Template.Spec;

        Assert.True(pod.SecurityContext.RunAsNonRoot);
        Assert.NotEqual(0, pod.SecurityContext.RunAsUser);
        Assert.Equal("RuntimeDefault", pod.SecurityContext.SeccompProfile.Type);
        Assert.False(pod.AutomountServiceAccountToken);
        Assert.All(
            pod.Containers,
            container =>
            {
                Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
                Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
                Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
                Assert.NotNull(container.Resources.Limits["memory"]);
                Assert.NotNull(container.LivenessProbe);
                Assert.NotNull(container.ReadinessProbe);
            }
        );
        Assert.All(pod.Volumes, volume => Assert.NotNull(volume.EmptyDir.SizeLimit));
    }

    [Fact]
    public void ShouldSelectThePod_WhenAnObjectHasASelector()
    {
        V1Deployment deployment = _manifests.Single<V1Deployment>();
        IDictionary<string, string> labels = deployment.Spec.Template.Metadata.Labels;

        Assert.Subset(labels.ToHashSet(), deployment.Spec.Selector.MatchLabels.ToHashSet());
        Assert.Subset(labels.ToHashSet(), _manifests.Single<V1Service>().Spec.Selector.ToHashSet());
        Assert.Subset(labels.ToHashSet(), _manifests.Single<V1PodDisruptionBudget>().Spec.Selector.MatchLabels.ToHashSet());
        Assert.Subset(labels.ToHashSet(), _manifests.Single<V1NetworkPolicy>().Spec.PodSelector.MatchLabels.ToHashSet());
        Assert.Equal("true", labels["azure.workload.identity/use"]);
        Assert.Equal(_manifests.Single<V1ServiceAccount>().Metadata.Name, deployment.Spec.Template.Spec.ServiceAccountName);
    }

    [Fact]
    public void ShouldFindWhatItRefersTo_WhenTheContainerStarts()
    {
        V1Container container = Assert.Single(_manifests.Single<V1Deployment>().Spec.Template.Spec.Containers);
        List<string> ports = container.Ports.Select(port => port.Name).ToList();

        Assert.Equal(
            _manifests.All<V1ConfigMap>().Select(map => map.Metadata.Name).Order(StringComparer.Ordinal),
            container.EnvFrom.Select(source => source.ConfigMapRef.Name).Order(StringComparer.Ordinal)
        );
        Assert.Contains(_manifests.Single<V1Service>().Spec.Ports.Single().TargetPort.Value, ports);
        Assert.Contains(container.LivenessProbe.HttpGet.Port.Value, ports);
        Assert.Contains(container.ReadinessProbe.HttpGet.Port.Value, ports);
        Assert.Contains(_manifests.Single<V1NetworkPolicy>().Spec.Ingress.Single().Ports.Single().Port.Value, ports);
    }

    [Fact]
    public void ShouldRunAsTheImageSays_WhenTheImageIsBuilt()
    {
        string[] dockerfile = Tree.Read("src/Millrace.App/Dockerfile").Split('\n');
        V1PodSpec pod = _manifests.Single<V1Deployment>().Spec.Template.Spec;

        Assert.Contains($"USER {pod.SecurityContext.RunAsUser}", dockerfile);
        Assert.Contains($"EXPOSE {pod.Containers.Single().Ports.Single().ContainerPort}", dockerfile);
        Assert.Contains(dockerfile, line => line.Contains("publish src/Millrace.App/Millrace.App.csproj", StringComparison.Ordinal));
        Assert.True(File.Exists(Tree.PathOf("src/Millrace.App/Millrace.App.csproj")));
    }

    [Fact]
    public void ShouldKnowItsOwnAddress_WhenNobodyElseTellsIt()
    {
        // Azure and func set WEBSITE_HOSTNAME; anywhere else the Durable client binding fails without it, and with it every tick.
        int port = _manifests.Single<V1Deployment>().Spec.Template.Spec.Containers.Single().Ports.Single().ContainerPort;

        Assert.Equal($"localhost:{port}", _manifests.Settings["WEBSITE_HOSTNAME"]);
        Assert.Contains($"WEBSITE_HOSTNAME=localhost:{port}", Tree.Read("src/Millrace.App/Dockerfile"), StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldShareOneHostId_WhenThereAreReplicas()
    {
        // By default the host makes it of the machine's name, which every pod has for itself: then each of them ticks.
        string hostId = _manifests.Settings["AzureFunctionsWebHost__hostid"];

        Assert.InRange(hostId.Length, 1, 32);
        Assert.Matches("^[a-z0-9]+(-[a-z0-9]+)*$", hostId);
    }
}
