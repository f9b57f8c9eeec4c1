namespace Millrace.Graph;

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
