using k8s.Models;
using Millrace.Infra.Tests.Support;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Millrace.Infra.Tests.Kubernetes;

public sealed class KustomizeTests
{
    [Theory]
    [InlineData("infra/keda/base")]
    [InlineData("infra/keda/overlays/dev")]
    [InlineData("infra/keda/overlays/prod")]
    public void ShouldNameEveryFileOfItsFolder_WhenAKustomizationIsRead(string folder)
    {
        YamlStream stream = new();
        stream.Load(new StringReader(Tree.Read(folder + "/kustomization.yaml")));
        YamlMappingNode root = (YamlMappingNode)stream.Documents.Single().RootNode;
        List<string> named = Items(root, "resources")
            .Select(item => item.ToString())
            .Concat(Items(root, "patches").Select(item => item["path"].ToString()))
            .ToList();

        IEnumerable<string> there = Directory.GetFiles(Tree.PathOf(folder), "*.yaml").Select(file => Path.GetFileName(file)!);

        Assert.Equal(
            there.Except(["kustomization.yaml"]).Order(StringComparer.Ordinal),
            named.Where(name => !name.StartsWith("..", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
        );
        Assert.All(named, name => Assert.True(Path.Exists(Path.Combine(Tree.PathOf(folder), name))));
    }

    [KubectlFact]
    public Task ShouldSetEveryValue_WhenTheDevelopmentOverlayIsBuilt() => ShouldSetEveryValue("dev", minimum: 0);

    [KubectlFact]
    public Task ShouldSetEveryValue_WhenTheProductionOverlayIsBuilt() => ShouldSetEveryValue("prod", minimum: 1);

    private static async Task ShouldSetEveryValue(string overlay, int minimum)
    {
        ToolResult result = await Tool.RunAsync(Tool.Find("kubectl")!, ["kustomize", Tree.PathOf("infra/keda/overlays/" + overlay)]);

        Assert.Equal(string.Empty, result.Errors);
        Assert.DoesNotContain("set-by-overlay", result.Output, StringComparison.Ordinal);
        Manifests manifests = Manifests.Of(result.Output);
        ScaledObject scaled = manifests.Single<ScaledObject>();
        Assert.Equal(minimum, scaled.Spec.MinReplicaCount);
        string account = manifests.Settings["AzureWebJobsStorage__accountName"];
        List<ScaledObject.Trigger> queues = scaled.Spec.Triggers.Where(trigger => trigger.Type is "azure-queue").ToList();
        Assert.NotEmpty(queues);
        Assert.All(queues, trigger => Assert.Equal(account, trigger.Metadata["accountName"]));
        // Labels that the base puts on everything must not narrow the rule for the cluster's name server.
        IDictionary<string, string> names = manifests.Single<V1NetworkPolicy>().Spec.Egress[0].To.Single().PodSelector.MatchLabels;
        Assert.Equal("k8s-app", Assert.Single(names).Key);
    }

    private static IEnumerable<YamlNode> Items(YamlMappingNode root, string key) =>
        root.Children.TryGetValue(key, out YamlNode? items) ? ((YamlSequenceNode)items).Children : [];
}
