namespace Millrace.Embedded.Cli;

/// <summary>A mistake of the caller's or of the surroundings: shown as one message, without a stack trace.</summary>
internal sealed class CliException : Exception
{
    public CliException() { }

    /// <summary>What the process ends with.</summary>
    public int ExitCode { get; init; } = CliApplication.Failure;

    /// <param name="message">What, expected what, and what to do.</param>
    public CliException(string message)
        : base(message) { }

    /// <param name="message">What, expected what, and what to do.</param>
    /// <param name="innerException">Shown with --verbose.</param>
    public CliException(string message, Exception innerException)
        : base(message, innerException) { }
}
