using Millrace.Durable.Apps;
using Millrace.Graph;

namespace Millrace.Functions.Jobs;

/// <summary>A job of the app and the functions of its sinks.</summary>
internal sealed class JobEntry(JobGraph graph, string? restoreFrom) : AppJob(graph, restoreFrom)
{
    /// <summary>Names of the activities of its sinks that the host's output binding serves, by uid.</summary>
    public Dictionary<string, string> OutboxFunctions { get; } = new(StringComparer.Ordinal);
}
