using Millrace.Batches;

namespace Millrace.Connectors;

/// <summary>Where a source reader puts its records.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface ISourceOutput<T>
{
    /// <summary>The batch to fill next. Empty after each <see cref="Emit"/>.</summary>
    RecordBatch<T> Batch { get; }

    /// <summary>Sends <see cref="Batch"/> on, as records of one split. On return the batch is empty again.</summary>
    /// <param name="splitId">The split that all records of the batch come from; use the same string instance for a split, it is compared by
    /// reference first.</param>
    void Emit(string splitId);

    /// <summary>A split has been read to its end: it no longer holds the watermark back.</summary>
    /// <param name="splitId">The split.</param>
    void ReleaseSplit(string splitId);
}
