namespace Millrace.Checkpoints;

/// <summary>A conditional write found the object in another state than it demanded: somebody else has written it.</summary>
public sealed class PreconditionFailedException : Exception
{
    /// <summary>Creates the exception.</summary>
    public PreconditionFailedException() { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names the object and the condition.</param>
    public PreconditionFailedException(string message)
        : base(message) { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names the object and the condition.</param>
    /// <param name="innerException">The store's own error.</param>
    public PreconditionFailedException(string message, Exception innerException)
        : base(message, innerException) { }
}
