namespace Millrace.Graph;

/// <summary>Validates declared nodes, gives every operator its uid and cuts the graph into stages.</summary>
internal static class JobGraphBuilder
{
    public static JobGraph Build(string name, IReadOnlyList<StreamNode> nodes, int parallelism, int maxParallelism, bool hasStatelessSources)
    {
        List<string> errors = [];
        JobGraphValidator.Validate(name, nodes, parallelism, maxParallelism, errors);
        if (errors.Count > 0)
        {
            throw new JobValidationException(name, errors);
        }

        List<StreamNode> used = Reachable(nodes);
        Dictionary<StreamNode, string> uids = AssignUids(used);
        List<Stage> stages = CutIntoStages(used, parallelism, hasStatelessSources);
        foreach (Stage stage in stages)
        {
            stage.Uid = uids[stage.Nodes[0]];
        }

        return new JobGraph(name, maxParallelism, used, uids, stages);
    }

    /// <summary>Nodes that lead to a sink, in the order of their declaration, which is topological: a node is declared after its inputs.</summary>
    private static List<StreamNode> Reachable(IReadOnlyList<StreamNode> nodes)
    {
        HashSet<StreamNode> wanted = [];
        Stack<StreamNode> open = new(nodes.Where(node => node.Kind == NodeKind.Sink));
        while (open.TryPop(out StreamNode? node))
        {
            if (wanted.Add(node))
            {
                foreach (StreamEdge edge in node.Inputs)
                {
                    open.Push(edge.From);
                }
            }
        }

        List<StreamNode> reachable = [.. nodes.Where(wanted.Contains)];
        reachable.ForEach(node => node.Outputs.Clear());
        foreach (StreamEdge edge in reachable.SelectMany(node => node.Inputs))
        {
            // Anew for every graph: what led nowhere when the job was described may lead to a sink now.
            edge.From.Outputs.Add(edge);
        }

        return reachable;
    }

    private static Dictionary<StreamNode, string> AssignUids(List<StreamNode> nodes)
    {
        Dictionary<StreamNode, string> uids = [];
        HashSet<string> taken = new(nodes.Select(node => node.UserUid).OfType<string>(), StringComparer.Ordinal);
        Dictionary<string, int> counters = new(StringComparer.Ordinal);
        foreach (StreamNode node in nodes)
        {
            if (node.UserUid is { } given)
            {
                uids.Add(node, given);
                continue;
            }

            string stem = Slug(node.Name);
            string uid;
            do
            {
                int number = counters[stem] = counters.GetValueOrDefault(stem) + 1;
                uid = $"{stem}-{number}";
            }
            while (!taken.Add(uid));
            uids.Add(node, uid);
        }

        return uids;
    }

    private static List<Stage> CutIntoStages(List<StreamNode> nodes, int defaultParallelism, bool hasStatelessSources)
    {
        List<Stage> stages = [];
        Dictionary<StreamNode, Stage> stageOf = [];
        int edgeIndex = 0;
        foreach (StreamNode node in nodes)
        {
            int parallelism = node.IsSingleTask ? 1 : node.UserParallelism ?? defaultParallelism;
            Stage? stage = ChainTarget(node, parallelism, stageOf, hasStatelessSources);
            if (stage is null)
            {
                stage = new Stage(stages.Count, parallelism);
                stages.Add(stage);
            }

            stage.Nodes.Add(node);
            stageOf.Add(node, stage);
            foreach (StreamEdge edge in node.Inputs)
            {
                edge.Index = edgeIndex++;
                Stage from = stageOf[edge.From];
                if (from != stage)
                {
                    from.OutputEdges.Add(edge);
                    stage.InputEdges.Add(edge);
                }
            }
        }

        return stages;
    }

    private static Stage? ChainTarget(StreamNode node, int parallelism, Dictionary<StreamNode, Stage> stageOf, bool hasStatelessSources)
    {
        if (node.Inputs is not [{ IsForward: true } only] || node.StartsNewChain)
        {
            return null;
        }

        Stage upstream = stageOf[only.From];
        return upstream.Parallelism == parallelism && !(hasStatelessSources && node.IsStateful && upstream.IsSource) ? upstream : null;
    }

    private static string Slug(string name)
    {
        string text = string.Join('-', new string([.. name.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-')])
            .Split('-', StringSplitOptions.RemoveEmptyEntries));
        return text.Length == 0 ? "operator" : text;
    }
}
