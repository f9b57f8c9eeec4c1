namespace Millrace.Functions;

/// <summary>The app's configuration is wrong; the message lists everything that is.</summary>
public sealed class MillraceConfigurationException : Exception
{
    /// <summary>Creates the exception.</summary>
    public MillraceConfigurationException()
        : this([]) { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong.</param>
    public MillraceConfigurationException(string message)
        : this([message]) { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">The cause.</param>
    public MillraceConfigurationException(string message, Exception innerException)
        : base(message, innerException) => Errors = [message];

    /// <summary>Creates the exception.</summary>
    /// <param name="errors">What is wrong.</param>
    public MillraceConfigurationException(IReadOnlyList<string> errors)
        : base($"The function app cannot start, {errors?.Count ?? 0} thing(s) are wrong:\n  - {string.Join("\n  - ", errors ?? [])}") =>
        Errors = errors ?? [];

    /// <summary>What is wrong.</summary>
    public IReadOnlyList<string> Errors { get; }
}
