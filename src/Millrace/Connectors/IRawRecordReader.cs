using Millrace.Batches;

namespace Millrace.Connectors;

/// <summary>Deserializes raw records. Used by one thread at a time.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface IRawRecordReader<T> : IAsyncDisposable
{
    /// <summary>
    /// Appends what a raw record holds: one record, or none where it is left out. The source's policy for records that cannot be
    /// deserialized applies.
    /// </summary>
    /// <param name="record">The raw record.</param>
    /// <param name="output">An empty batch with room for at least one record.</param>
    void Read(RawRecord record, RecordBatch<T> output);

    /// <summary>Returns when dead letters of the records read so far are acknowledged: they belong to the same commit.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task FlushAsync(CancellationToken cancellationToken);
}
