using Millrace.Connectors;
using Millrace.Errors;
using Millrace.Serialization;
using Millrace.UserFunctions;

namespace Millrace.Graph;

/// <summary>Finds everything that is wrong with a job before it runs.</summary>
internal static class JobGraphValidator
{
    public static void Validate(
        string name,
        IReadOnlyList<StreamNode> nodes,
        int parallelism,
        int maxParallelism,
        TimeSpan? checkpointInterval,
        List<string> errors
    )
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            errors.Add("The job has no name; expected letters, digits, '.', '_' or '-'. Give it one: ExecuteAsync(\"my-job\").");
        }
        else if (name.Any(c => !(char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ' ')))
        {
            errors.Add(
                $"Job name '{name}' has characters other than letters, digits, '.', '_', '-' and space; it names checkpoints and entities, "
                    + "so choose another."
            );
        }

        if (maxParallelism is < 1 or > 32768)
        {
            errors.Add($"maxParallelism is {maxParallelism}, expected 1 to 32768; set it with SetMaxParallelism.");
        }

        CheckParallelism("The job", parallelism, maxParallelism, errors);
        if (!nodes.Any(node => node.Kind == NodeKind.Source))
        {
            errors.Add("The job has no source; add one with FromSource.");
        }

        if (!nodes.Any(node => node.Kind == NodeKind.Sink))
        {
            errors.Add("The job has no sink, so nothing would ever leave it; end a stream with SinkTo.");
        }

        foreach (StreamNode node in nodes)
        {
            if (node.UserParallelism is { } own)
            {
                CheckParallelism($"Operator '{node.Name}'", own, maxParallelism, errors);
                if (node.IsSingleTask && own != 1)
                {
                    errors.Add(
                        $"Operator '{node.Name}' has parallelism {own} but works on the whole stream in one task; leave its parallelism "
                            + "unset or key the stream first."
                    );
                }
            }

            if (node.UserUid is { } uid && !Wtf8.IsWellFormed(uid))
            {
                errors.Add(
                    $"The uid of operator '{node.Name}' has a surrogate without its partner at the end or inside, so it is no valid text "
                        + "and cannot name state; give it letters, digits or '-'."
                );
            }

            CheckFunctions(node, parallelism, errors);
            node.Source?.Validate(errors);
            node.Sink?.Validate(errors);
            if (checkpointInterval is { } interval)
            {
                node.Sink?.ValidateCheckpoints(interval, errors);
                node.Source?.DeadLetters?.ValidateCheckpoints(interval, errors);
            }
        }

        foreach (
            IGrouping<string, StreamNode> same in nodes
                .Where(node => node.UserUid is not null)
                .GroupBy(node => node.UserUid!, StringComparer.Ordinal)
        )
        {
            if (same.Skip(1).Any())
            {
                errors.Add(
                    $"Uid '{same.Key}' is given to {same.Count()} operators ({string.Join(", ", same.Select(node => $"'{node.Name}'"))}); "
                        + "a uid names one operator's state, so make them different."
                );
            }
        }

        CheckSideOutputs(nodes, errors);
        CheckLoops(nodes, errors);
        CheckForwardParallelism(nodes, parallelism, errors);
    }

    public static void ValidateDeadLetters(
        IReadOnlyList<StreamNode> nodes,
        UserCodeErrorPolicy policy,
        TimeSpan? checkpointInterval,
        List<string> errors
    )
    {
        if (policy.DeadLetters is not { } sink)
        {
            return;
        }

        sink.Validate(errors);
        if (checkpointInterval is { } interval)
        {
            sink.ValidateCheckpoints(interval, errors);
        }

        foreach ((StreamNode node, ISource source) in Sources(nodes))
        {
            foreach (Topic topic in sink.Topics.Where(source.Reads))
            {
                errors.Add(
                    $"Source '{node.Name}' reads {topic}, which the policy for errors of user code writes dead letters to: they would "
                        + "go round for ever; use another topic for dead letters."
                );
            }
        }
    }

    private static void CheckFunctions(StreamNode node, int defaultParallelism, List<string> errors)
    {
        int tasks = node.IsSingleTask ? 1 : node.UserParallelism ?? defaultParallelism;
        foreach (object function in tasks > 1 ? node.Functions : [])
        {
            FunctionCopies.FindShared(function, $"Operator '{node.Name}'", tasks, errors);
        }
    }

    private static void CheckParallelism(string subject, int parallelism, int maxParallelism, List<string> errors)
    {
        if (parallelism < 1 || parallelism > maxParallelism)
        {
            errors.Add(
                $"{subject} has parallelism {parallelism}, expected 1 to maxParallelism ({maxParallelism}); lower it or raise "
                    + "maxParallelism (fixed for the life of the state)."
            );
        }
    }

    private static void CheckSideOutputs(IReadOnlyList<StreamNode> nodes, List<string> errors)
    {
        IEnumerable<(StreamNode Node, string Id, Type Type, string How)> read = nodes
            .SelectMany(node => node.Inputs)
            .Where(edge => edge.SideTag is not null)
            .Select(edge => (Node: edge.From, Id: edge.SideTag!, Type: edge.RecordType, How: "read"));
        IEnumerable<(StreamNode Node, string Id, Type Type, string How)> written = nodes.SelectMany(node =>
            node.WrittenSideOutputs.Select(output => (Node: node, output.Id, output.Type, How: "written"))
        );
        foreach (
            IGrouping<(StreamNode Node, string Id), (StreamNode Node, string Id, Type Type, string How)> uses in written
                .Concat(read)
                .Distinct()
                .GroupBy(use => (use.Node, use.Id))
        )
        {
            if (uses.DistinctBy(use => use.Type).Skip(1).Any())
            {
                errors.Add(
                    $"Side output '{uses.Key.Id}' of operator '{uses.Key.Node.Name}' has more than one type: "
                        + $"{string.Join(", ", uses.Select(use => $"it is {use.How} as {use.Type.Name}"))}; "
                        + "an OutputTag's id names one side output, so use one tag, or different ids."
                );
            }
        }
    }

    private static void CheckLoops(IReadOnlyList<StreamNode> nodes, List<string> errors)
    {
        foreach ((StreamNode node, ISource source) in Sources(nodes))
        {
            foreach (StreamNode sink in nodes.Where(each => each.Kind == NodeKind.Sink))
            {
                foreach (Topic topic in sink.Topics.Where(source.Reads))
                {
                    errors.Add(
                        $"Sink '{sink.Name}' writes {topic}, which source '{node.Name}' reads: every result would come back as input, "
                            + "for ever. Write to another topic."
                    );
                }
            }

            // A source says by itself when it reads what it writes.
            foreach ((StreamNode other, ISource writer) in Sources(nodes))
            {
                if (other != node && writer.DeadLetterTopic is { } letters && source.Reads(letters))
                {
                    errors.Add(
                        $"Source '{other.Name}' writes {letters} (dead letters), which source '{node.Name}' reads: what cannot be read "
                            + "would come back as input. Send dead letters to another topic."
                    );
                }
            }
        }
    }

    private static IEnumerable<(StreamNode Node, ISource Source)> Sources(IReadOnlyList<StreamNode> nodes) =>
        nodes.Where(node => node.Source is not null).Select(node => (node, node.Source!));

    private static void CheckForwardParallelism(IReadOnlyList<StreamNode> nodes, int defaultParallelism, List<string> errors)
    {
        foreach (
            StreamEdge edge in nodes.SelectMany(node => node.Inputs).Where(edge => edge is { IsForward: true, IsExplicitForward: true })
        )
        {
            int from = edge.From.IsSingleTask ? 1 : edge.From.UserParallelism ?? defaultParallelism;
            int to = edge.To.IsSingleTask ? 1 : edge.To.UserParallelism ?? defaultParallelism;
            if (from != to)
            {
                errors.Add(
                    $"'{edge.From.Name}' (parallelism {from}) forwards to '{edge.To.Name}' (parallelism {to}); forward needs equal "
                        + "parallelism, use Rebalance or Rescale."
                );
            }
        }
    }
}

/// <summary>A job cannot run as it is declared. <see cref="Errors"/> lists everything that is wrong at once.</summary>
public sealed class JobValidationException : Exception
{
    /// <summary>Creates the exception.</summary>
    public JobValidationException() { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The message.</param>
    public JobValidationException(string message)
        : base(message) { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public JobValidationException(string message, Exception innerException)
        : base(message, innerException) { }

    /// <summary>Creates the exception.</summary>
    /// <param name="jobName">Name of the job.</param>
    /// <param name="errors">One message per error.</param>
    public JobValidationException(string jobName, IReadOnlyList<string> errors)
        : base(
            $"Job '{jobName}' cannot run as declared ({errors?.Count ?? 0} error(s)):{Environment.NewLine}"
                + string.Join(Environment.NewLine, (errors ?? []).Select(error => $"  - {error}"))
        ) => Errors = errors ?? [];

    /// <summary>One message per error.</summary>
    public IReadOnlyList<string> Errors { get; } = [];
}
