using Millrace.Batches;
using Millrace.Serialization;

namespace Millrace.Operators;

/// <summary>Combines the records of one channel and one range of a source, in their order.</summary>
internal abstract class PreAggregator<T>
{
    public abstract bool IsEmpty { get; }

    public abstract void Add(RecordBatch<T> batch);

    /// <summary>Writes what <see cref="IPreAggregatedInput"/> reads. The same records give the same bytes.</summary>
    public abstract void WriteTo(DataWriter output);

    public abstract void Clear();
}
