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
