using k8s;
using k8s.Models;
using Millrace.Infra.Tests.Support;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Millrace.Infra.Tests.Kubernetes;

/// <summary>Documents of a YAML stream, each read strictly into the type that its apiVersion and kind name.</summary>
internal sealed class Manifests
{
    private static readonly IDeserializer Keda = new DeserializerBuilder()
        .WithNamingConvention(CamelCaseNamingConvention.Instance)
        .WithEnforceRequiredMembers()
        .WithDuplicateKeyChecking()
        .Build();

    private readonly List<object> _all = [];

    private Manifests(IEnumerable<string> yaml)
    {
        foreach (string text in yaml)
        {
            Add(text);
        }
    }

    public static Manifests OfBase() =>
        new(
            Directory
                .GetFiles(Tree.PathOf("infra/keda/base"), "*.yaml")
                .Where(file => !file.EndsWith("kustomization.yaml", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(File.ReadAllText)
        );

    public static Manifests Of(string yaml) => new([yaml]);

    public T Single<T>() =>
        All<T>() is [var only]
            ? only
            : throw new InvalidOperationException($"{All<T>().Count} documents of kind {typeof(T).Name}, expected one.");

    public IReadOnlyList<T> All<T>() => [.. _all.OfType<T>()];

    /// <summary>What the config maps give to the container.</summary>
    public IReadOnlyDictionary<string, string> Settings =>
        All<V1ConfigMap>().SelectMany(map => map.Data).ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);

    private void Add(string text)
    {
        YamlStream stream = new();
        stream.Load(new StringReader(text));
        foreach (YamlDocument document in stream.Documents)
        {
            YamlMappingNode root = (YamlMappingNode)document.RootNode;
            string kind = $"{root["apiVersion"]}/{root["kind"]}";
            string yaml = Write(document);
            _all.Add(
                kind switch
                {
                    "v1/Namespace" => KubernetesYaml.Deserialize<V1Namespace>(yaml, strict: true),
                    "v1/ServiceAccount" => KubernetesYaml.Deserialize<V1ServiceAccount>(yaml, strict: true),
                    "v1/ConfigMap" => KubernetesYaml.Deserialize<V1ConfigMap>(yaml, strict: true),
                    "v1/Service" => KubernetesYaml.Deserialize<V1Service>(yaml, strict: true),
                    "apps/v1/Deployment" => KubernetesYaml.Deserialize<V1Deployment>(yaml, strict: true),
                    "networking.k8s.io/v1/NetworkPolicy" => KubernetesYaml.Deserialize<V1NetworkPolicy>(yaml, strict: true),
                    "policy/v1/PodDisruptionBudget" => KubernetesYaml.Deserialize<V1PodDisruptionBudget>(yaml, strict: true),
                    "keda.sh/v1alpha1/ScaledObject" => Keda.Deserialize<ScaledObject>(yaml),
                    "keda.sh/v1alpha1/TriggerAuthentication" => Keda.Deserialize<TriggerAuthentication>(yaml),
                    _ => throw new InvalidOperationException($"No type is known for '{kind}': add it here."),
                }
            );
        }
    }

    private static string Write(YamlDocument document)
    {
        using StringWriter writer = new();
        new YamlStream(document).Save(writer, assignAnchors: false);
        return writer.ToString();
    }
}
