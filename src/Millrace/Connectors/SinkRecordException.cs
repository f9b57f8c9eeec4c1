namespace Millrace.Connectors;

/// <summary>
/// Thrown by <see cref="ISinkWriter{T}.Write"/> when user code of the sink (a serializer, a topic selector, a partitioner) threw for a
/// record, in place of what it threw: the policy for errors of user code decides about the record. The records before it have been taken,
/// it and those behind it have not. Whatever else a writer throws fails the run.
/// </summary>
public sealed class SinkRecordException : Exception
{
    /// <summary>Creates the exception.</summary>
    public SinkRecordException() { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The message.</param>
    public SinkRecordException(string message)
        : base(message) { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">What the user code threw.</param>
    public SinkRecordException(string message, Exception innerException)
        : base(message, innerException) { }

    /// <summary>Creates the exception.</summary>
    /// <param name="row">Index of the record in the batch.</param>
    /// <param name="innerException">What the user code threw.</param>
    public SinkRecordException(int row, Exception innerException)
        : base($"The sink's user code failed on record {row} of a batch.", innerException) => Row = row;

    /// <summary>Index of the record in the batch.</summary>
    public int Row { get; }
}
