using Millrace.Connectors;
using Millrace.Copying;
using Millrace.Errors;

namespace Millrace.Graph;

/// <summary>Validates declared nodes, gives every operator its uid and cuts the graph into stages.</summary>
internal static class JobGraphBuilder
{
    public static JobGraph Build(
        string name,
        IReadOnlyList<StreamNode> nodes,
        int parallelism,
        int maxParallelism,
        bool hasStatelessSources,
        UserCodeErrorPolicy? errorPolicy = null,
        TimeSpan? checkpointInterval = null,
        bool reusesObjects = false
    )
    {
        List<string> errors = [];
        UserCodeErrorPolicy policy = errorPolicy ?? UserCodeErrorPolicy.Fail;
        JobGraphValidator.Validate(name, nodes, parallelism, maxParallelism, checkpointInterval, errors);
        JobGraphValidator.ValidateDeadLetters(nodes, policy, checkpointInterval, errors);
        if (errors.Count > 0)
        {
            throw new JobValidationException(name, errors);
        }

        List<StreamNode> used = Used(nodes);
        Dictionary<StreamNode, string> uids = AssignUids(used);
        List<Stage> stages = CutIntoStages(used, parallelism, hasStatelessSources);
        foreach (Stage stage in stages)
        {
            stage.Uid = uids[stage.Nodes[0]];
        }

        AddDeadLetterSinks(policy.DeadLetters, nodes.Count, used, uids, stages);

        return new JobGraph(name, maxParallelism, used, uids, stages)
        {
            ErrorPolicy = policy,
            ReusesObjects = reusesObjects,
            Warnings = [.. reusesObjects ? [] : SharedRecords(used)],
        };
    }

    /// <summary>Each stage has a sink of its own, so that letters are committed with the rest of what their task does.</summary>
    private static void AddDeadLetterSinks(
        ISink<DeadLetter>? ofUserCode,
        int firstId,
        List<StreamNode> nodes,
        Dictionary<StreamNode, string> uids,
        List<Stage> stages
    )
    {
        foreach (Stage stage in stages)
        {
            if (stage.Nodes[0].Source?.DeadLetters is { } unreadable)
            {
                Add(stage, "Sink: unreadable records", "unreadable", unreadable, isUnreadable: true);
            }

            if (ofUserCode is not null)
            {
                Add(stage, "Sink: dead letters", "dead-letters", ofUserCode, isUnreadable: false);
            }
        }

        void Add(Stage stage, string name, string suffix, ISink<DeadLetter> sink, bool isUnreadable)
        {
            SinkNode<DeadLetter> node = new(firstId++, name, sink) { IsDeadLetterSink = true, TakesUnreadable = isUnreadable };
            nodes.Add(node);
            uids.Add(node, $"{stage.Uid}-{suffix}");
            stage.Nodes.Add(node);
        }
    }

    /// <summary>Streams whose readers see each other's changes all the same.</summary>
    private static IEnumerable<string> SharedRecords(List<StreamNode> nodes) =>
        from node in nodes
        from output in node.Outputs.GroupBy(edge => edge.SideTag, StringComparer.Ordinal)
        let type = output.First().RecordType
        where
            output.Skip(1).Any()
            && !Mutability.IsImmutable(type)
            && type is { IsInterface: false, IsAbstract: false }
            && type != typeof(object)
            && !ObjectCopier.CanCopy(type)
        select $"{output.Count()} operators read '{node.Name}', whose records of type {type.Name} can be changed but not copied: they are "
            + "no plain data. A change that one operator makes is seen by the others; "
            + "make the type immutable, or change nothing and call EnableObjectReuse().";

    /// <summary>
    /// Nodes that run, in the order of their declaration, which is topological: a node is declared after its inputs. All but sources that
    /// nobody reads: an operator runs although its results go nowhere, as in Flink, because what its function does besides may be wanted.
    /// </summary>
    private static List<StreamNode> Used(IReadOnlyList<StreamNode> nodes)
    {
        HashSet<StreamNode> read = [.. nodes.SelectMany(node => node.Inputs).Select(edge => edge.From)];
        return [.. nodes.Where(node => node.Kind != NodeKind.Source || read.Contains(node))];
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
            } while (!taken.Add(uid));
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
        string text = string.Join(
            '-',
            new string([.. name.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-')]).Split(
                '-',
                StringSplitOptions.RemoveEmptyEntries
            )
        );
        return text.Length == 0 ? "operator" : text;
    }
}
