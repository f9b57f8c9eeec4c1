using Millrace.Embedded.Infrastructure.Keda;

namespace Millrace.Embedded.Infrastructure;

/// <summary>The files that are generated for a topology, with what they should say.</summary>
internal static class InfraFiles
{
    public const string TopologyName = "generated/job.json";

    /// <param name="topology">The topology.</param>
    /// <param name="hosting">Where the app is to run.</param>
    /// <param name="output">The folder of the infrastructure.</param>
    /// <param name="hostJson">The app's host.json.</param>
    public static IEnumerable<(string Path, string Text)> Of(
        Topology topology,
        IReadOnlyCollection<InfraHosting> hosting,
        string output,
        string hostJson
    )
    {
        yield return (
            hostJson,
            HostJsonFile.With(hostJson, File.Exists(hostJson) ? File.ReadAllText(hostJson) : null, HostJsonSections.Of(topology))
        );
        yield return (Path.Combine(output, TopologyName), TopologyFile.Write(topology));
        if (!hosting.Contains(InfraHosting.Keda))
        {
            yield break;
        }

        yield return (Path.Combine(output, "keda/base/scaledobject.generated.yaml"), KedaFiles.ScaledObject(topology));
        yield return (Path.Combine(output, "keda/base/job.generated.yaml"), KedaFiles.JobSettings(topology));
    }
}
