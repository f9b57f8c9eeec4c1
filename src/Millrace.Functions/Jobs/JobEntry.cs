using Millrace.Checkpoints;
using Millrace.Durable;
using Millrace.Graph;

namespace Millrace.Functions.Jobs;

/// <summary>A job of the app, checked and described.</summary>
internal sealed class JobEntry
{
    public JobEntry(JobGraph graph, string? restoreFrom)
    {
        Graph = graph;
        RestoreFrom = restoreFrom;
        Plan = new DurableJobPlan(graph, graph.Name);
        Key = ObjectNames.Escape(graph.Name);
        StagesByKey = graph.Stages.Where(stage => !stage.IsSource).ToDictionary(stage => TaskKey.KeyOf(stage.Uid), StringComparer.Ordinal);
    }

    public JobGraph Graph { get; }

    public string Name => Graph.Name;

    /// <summary>The job as entity keys name it.</summary>
    public string Key { get; }

    public string? RestoreFrom { get; }

    /// <summary>Names of the activities of its sinks that the host's output binding serves, by uid.</summary>
    public Dictionary<string, string> OutboxFunctions { get; } = new(StringComparer.Ordinal);

    /// <summary>The job's shape; its incarnation is known only when it is opened.</summary>
    public DurableJobPlan Plan { get; }

    public IReadOnlyDictionary<string, Stage> StagesByKey { get; }
}
