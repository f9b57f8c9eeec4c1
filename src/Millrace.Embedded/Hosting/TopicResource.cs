namespace Millrace.Embedded.Hosting;

/// <summary>Reads names of topics out of a job's resources, which say <c>kafka:TOPIC at SERVERS</c> with the servers sorted.</summary>
internal sealed class TopicResource
{
    private const string Prefix = "kafka:";
    private readonly string _suffix;

    /// <param name="bootstrapServers">The cluster whose topics are wanted.</param>
    public TopicResource(string bootstrapServers)
    {
        string[] sorted = bootstrapServers.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Array.Sort(sorted, StringComparer.Ordinal);
        _suffix = " at " + string.Join(',', sorted);
    }

    /// <summary>The topic, or <see langword="null"/> when the resource is no topic of the cluster.</summary>
    /// <param name="resource">A resource of a source or sink.</param>
    public string? TopicOf(string resource) =>
        resource.StartsWith(Prefix, StringComparison.Ordinal) && resource.EndsWith(_suffix, StringComparison.Ordinal)
            ? resource[Prefix.Length..^_suffix.Length]
            : null;
}
