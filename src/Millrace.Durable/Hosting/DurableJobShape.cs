using Millrace.Durable.Tasks;
using Millrace.Graph;
using Millrace.Runtime;

namespace Millrace.Durable.Hosting;

/// <summary>
/// Whether a job still has the shape that its state was made with: names in the state, such as those of channels and ledgers, come from it.
/// </summary>
internal static class DurableJobShape
{
    /// <summary>
    /// The topics of all sources, in the order in which they are numbered: first those that the state has numbered before, in that order.
    /// So processes whose versions list them differently do the same work, and what outlives a state means the same in the next one.
    /// </summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> TopicsOf(JobGraph graph, DurableControl? before) =>
        Sources(graph)
            .ToDictionary<Stage, string, IReadOnlyList<string>>(
                source => source.Uid,
                source =>
                {
                    string[] own = [.. NamesOf(source)];
                    string[] known = [.. (before?.Topics?.GetValueOrDefault(source.Uid) ?? []).Intersect(own, StringComparer.Ordinal)];
                    return [.. known, .. own.Except(known, StringComparer.Ordinal)];
                },
                StringComparer.Ordinal
            );

    /// <summary>The edges between stages, in a stable order.</summary>
    public static IReadOnlyList<string> EdgesOf(JobGraph graph) =>
        [.. graph.Stages.SelectMany(stage => stage.OutputEdges).Select(edge => edge.NameIn(graph)).Order(StringComparer.Ordinal)];

    /// <summary>The control object with what it does not know of the job yet; itself where it knows all.</summary>
    public static DurableControl Adopt(JobGraph graph, DurableControl control)
    {
        Dictionary<string, IReadOnlyList<string>> topics = new(StringComparer.Ordinal);
        bool isNew = control.Topics is null || control.Edges is null;
        foreach (Stage source in Sources(graph))
        {
            IReadOnlyList<string> known = control.Topics?.GetValueOrDefault(source.Uid) ?? [];
            string[] added = [.. NamesOf(source).Except(known, StringComparer.Ordinal)];
            isNew |= added.Length > 0;
            topics[source.Uid] = [.. known, .. added];
        }

        return isNew ? control with { Topics = topics, Edges = EdgesOf(graph) } : control;
    }

    /// <exception cref="StateRestoreException">The job has another shape.</exception>
    public static void Check(JobGraph graph, DurableControl control)
    {
        List<string> errors = [];
        if (control.MaxParallelism != graph.MaxParallelism)
        {
            errors.Add(
                $"its state has maxParallelism {control.MaxParallelism}, the job {graph.MaxParallelism}; set it back with SetMaxParallelism"
            );
        }

        foreach (Stage stage in graph.Stages.Where(stage => !stage.IsSource))
        {
            if (control.Parallelism.TryGetValue(stage.Uid, out int parallelism) && parallelism != stage.Parallelism)
            {
                errors.Add(
                    $"stage '{stage.Uid}' has the state of {parallelism} tasks but parallelism {stage.Parallelism}; set it back, or take a "
                        + "savepoint and start from it"
                );
            }
        }

        CheckTopics(graph, control, errors);
        CheckEdges(graph, control, errors);
        IReadOnlyList<string> preAggregated = DurableJobPlan.PreAggregatedEdges(graph);
        if (!preAggregated.SequenceEqual(control.PreAggregated ?? [], StringComparer.Ordinal))
        {
            // What was sent but not committed has other bounds than what would be sent again.
            errors.Add(
                $"its state was made with pre-aggregation on {Names(control.PreAggregated ?? [])}, but the job has it on "
                    + $"{Names(preAggregated)}; set PreAggregate() back, or take a savepoint and start from it"
            );
        }

        if (errors.Count > 0)
        {
            throw new StateRestoreException($"Job '{graph.Name}' cannot go on: {string.Join("; ", errors)}.");
        }
    }

    // A topic that is gone would keep its share of event time for ever. Their order is free: the state has its own.
    private static void CheckTopics(JobGraph graph, DurableControl control, List<string> errors)
    {
        foreach ((string uid, IReadOnlyList<string> known) in control.Topics ?? new Dictionary<string, IReadOnlyList<string>>())
        {
            Stage? source = Sources(graph).FirstOrDefault(source => string.Equals(source.Uid, uid, StringComparison.Ordinal));
            string[] gone = source is null ? [] : [.. known.Except(NamesOf(source), StringComparer.Ordinal)];
            if (gone.Length > 0)
            {
                errors.Add(
                    $"source '{uid}' has read {Names(gone)} and now reads only {Names([.. NamesOf(source!)])}; put it back, or take a "
                        + "savepoint and start from it"
                );
            }
        }
    }

    private static void CheckEdges(JobGraph graph, DurableControl control, List<string> errors)
    {
        string[] stages = [.. control.Parallelism.Keys.Except(graph.Stages.Select(stage => stage.Uid), StringComparer.Ordinal)];
        string[] sources = [.. (control.Topics?.Keys ?? []).Except(Sources(graph).Select(source => source.Uid), StringComparer.Ordinal)];
        if (stages.Length > 0 || sources.Length > 0)
        {
            errors.Add(
                $"its state is of {Names([.. sources, .. stages])} too, which the job no longer has; give its operators the uids that they "
                    + "had, or take a savepoint and start from it"
            );
        }
        else if (control.Edges is { } edges && !edges.SequenceEqual(EdgesOf(graph), StringComparer.Ordinal))
        {
            errors.Add(
                $"its state was made with the edges {Names(edges)}, but the job has {Names(EdgesOf(graph))}; set the job back, or take a "
                    + "savepoint and start from it"
            );
        }
    }

    private static IEnumerable<Stage> Sources(JobGraph graph) => graph.Stages.Where(stage => stage.IsSource);

    private static IEnumerable<string> NamesOf(Stage source) => DurableJobPlan.SourceOf(source).Topics.Select(topic => topic.Name);

    private static string Names(IReadOnlyList<string> names) =>
        names.Count == 0 ? "no edge" : string.Join(", ", names.Select(name => $"'{name}'"));
}
