using Millrace.Graph;

namespace Millrace.Runtime;

/// <summary>A task of a run failed.</summary>
internal sealed class TaskFailureException : Exception
{
    public TaskFailureException() { }

    public TaskFailureException(string message)
        : base(message) { }

    public TaskFailureException(string message, Exception innerException)
        : base(message, innerException) { }

    public TaskFailureException(TaskId? task, Exception failure)
        : base(task is { } id ? $"Task {id} failed: {failure.Message}" : failure.Message, failure) { }
}

/// <summary>Tasks of a run did not end after they were cancelled, so the run cannot be followed by another one in this process.</summary>
internal sealed class TaskCancellationException : Exception
{
    public TaskCancellationException() { }

    public TaskCancellationException(string message)
        : base(message) { }

    public TaskCancellationException(string message, Exception? innerException)
        : base(message, innerException) { }

    /// <param name="graph">The job.</param>
    /// <param name="tasks">Those that still run; none when it is the search for splits.</param>
    /// <param name="timeout">How long they were waited for.</param>
    /// <param name="failure">Why the run had ended.</param>
    public TaskCancellationException(JobGraph graph, IReadOnlyList<StreamTask> tasks, TimeSpan timeout, Exception? failure)
        : base(Text(graph, tasks, timeout, failure), failure) { }

    private static string Text(JobGraph graph, IReadOnlyList<StreamTask> tasks, TimeSpan timeout, Exception? failure) =>
        $"{Subject(graph, tasks)} did not end within {timeout.TotalSeconds:0.###} s after being cancelled: a function or connector "
        + "there waits without observing its cancellation token. "
        + "What it does is left behind until the process ends. Let it observe the token, or raise "
        + $"TaskCancellationTimeout.{Before(failure)}";

    private static string Before(Exception? failure) =>
        failure is null or OperationCanceledException ? "" : $" The run had failed before: {failure.Message}";

    private static string Subject(JobGraph graph, IReadOnlyList<StreamTask> tasks) =>
        tasks.Count == 0
            ? $"The search for splits of source{(graph.Stages.Count(stage => stage.IsSource) == 1 ? "" : "s")} "
                + $"{Names(graph, graph.Stages.Where(stage => stage.IsSource).Select(stage => stage.Nodes[0]))}"
            : string.Join(
                ", ",
                tasks.Select(task =>
                    $"Task {task.Id} with operator{(task.Stage.Stage.Nodes.Count == 1 ? "" : "s")} {Names(graph, task.Stage.Stage.Nodes)}"
                )
            );

    private static string Names(JobGraph graph, IEnumerable<StreamNode> nodes) =>
        string.Join(", ", nodes.Select(node => $"'{node.Name}' ({graph.UidOf(node)})"));
}
