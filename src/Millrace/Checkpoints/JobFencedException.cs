namespace Millrace.Checkpoints;

/// <summary>
/// Another run of the same job has taken the job over. This run must end without committing anything, and must not be restarted: that would
/// take the job from the run that rightly has it.
/// </summary>
internal sealed class JobFencedException : Exception
{
    public JobFencedException() { }

    public JobFencedException(string message)
        : base(message) { }

    public JobFencedException(string message, Exception? innerException)
        : base(message, innerException) { }
}
