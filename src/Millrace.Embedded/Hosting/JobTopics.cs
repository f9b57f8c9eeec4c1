using Millrace.Embedded.Cli;
using Millrace.Graph;
using Millrace.Kafka;

namespace Millrace.Embedded.Hosting;

/// <summary>Looks at the topics that a job names before it runs: a job that waits for ever for a misspelt topic helps nobody.</summary>
internal static class JobTopics
{
    private const int Shown = 10;

    /// <summary>Refuses topics that are missing, or creates them.</summary>
    /// <param name="graph">The job.</param>
    /// <param name="cluster">Where its topics are looked for; topics of other clusters are left to the job.</param>
    /// <param name="create">Whether to create what is missing.</param>
    /// <param name="cancellationToken">Ends the wait for topics that are new.</param>
    public static async Task CheckAsync(JobGraph graph, KafkaCluster cluster, bool create, CancellationToken cancellationToken)
    {
        string[] missing =
        [
            .. graph
                .Nodes.SelectMany(node => node.Topics)
                .Where(topic => topic == KafkaTopic.Of(cluster.BootstrapServers, topic.Name))
                .Select(topic => topic.Name)
                .Where(topic => !cluster.Topics.ContainsKey(topic))
                .Distinct(StringComparer.Ordinal),
        ];
        if (missing.Length == 0)
        {
            return;
        }

        if (create)
        {
            await cluster.EnsureTopicsAsync(missing.Select(topic => KeyValuePair.Create(topic, 1)), cancellationToken);
            return;
        }

        await cluster.LookAgainAsync(missing, cancellationToken);
        missing = [.. missing.Where(topic => !cluster.Topics.ContainsKey(topic))];
        if (missing.Length == 0)
        {
            return;
        }

        IReadOnlyList<string> forbidden = await cluster.ForbiddenAsync(missing);
        if (forbidden.Count > 0)
        {
            throw new CliException(
                $"Job '{graph.Name}' uses topic(s) {string.Join(", ", forbidden.Select(topic => $"'{topic}'"))}, which this user may not "
                    + $"describe at {cluster.BootstrapServers}; they may be there. "
                    + "Grant the user Describe, and Read for a source or Write for a sink."
            );
        }

        string[] there =
        [
            .. cluster
                .Topics.Keys.Where(topic => !topic.StartsWith("__", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Take(Shown),
        ];
        throw new CliException(
            $"Job '{graph.Name}' uses topic(s) {string.Join(", ", missing.Select(topic => $"'{topic}'"))}, which "
                + $"{cluster.BootstrapServers} does not have"
                + (there.Length == 0 ? " (it has none)" : $" (it has {string.Join(", ", there)}{(there.Length == Shown ? ", ..." : "")})")
                + ". Create them, correct the names, or add --create-topics."
        );
    }
}
