namespace Millrace.Errors;

/// <summary>The job is declared wrongly, which would fail for every record: no policy for errors of user code applies.</summary>
internal sealed class WrongJobException : InvalidOperationException
{
    public WrongJobException() { }

    public WrongJobException(string message)
        : base(message) { }

    public WrongJobException(string message, Exception innerException)
        : base(message, innerException) { }
}
