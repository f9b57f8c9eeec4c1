namespace Millrace.Durable.Hosting;

/// <summary>A source may not go on now: the job is suspended or another incarnation of it has begun.</summary>
internal sealed class JobSuspendedException(string message, bool hasNewState) : Exception(message)
{
    /// <summary>Whether the process has to open the job anew.</summary>
    public bool HasNewState => hasNewState;
}
