using Millrace.Durable.Tasks;
using Millrace.Graph;

namespace Millrace.Embedded.Infrastructure;

/// <summary>What of a job decides what it costs.</summary>
/// <param name="Job">The job.</param>
/// <param name="Tasks">Keyed tasks that a batch of the largest source has records for.</param>
/// <param name="PreAggregates">Whether sources combine records before they send them.</param>
internal sealed record JobLoad(string Job, int Tasks, bool PreAggregates)
{
    public static JobLoad Of(DurableJobPlan plan) =>
        new(
            plan.Graph.Name,
            plan.Sources.Select(source => TasksOf(plan.Graph, source)).DefaultIfEmpty().Max(),
            plan.Sources.Any(DurableJobPlan.IsPlanned)
        );

    private static int TasksOf(JobGraph graph, Stage source) =>
        source.OutputEdges.Select(edge => graph.StageOf(edge.To)).Distinct().Sum(stage => stage.Parallelism);
}
