using Millrace.Batches;
using Millrace.Serialization;

namespace Millrace.Operators.Windows;

/// <summary>How a source task may combine the records of an edge before it sends them. Immutable.</summary>
internal abstract class PreAggregation;

/// <summary>The typed face of a pre-aggregation.</summary>
internal abstract class PreAggregation<T> : PreAggregation
{
    /// <summary>What collects the records of one channel.</summary>
    public abstract PreAggregator<T> CreateAggregator();
}

/// <summary>Combines the records of one channel and one range of a source, in their order.</summary>
internal abstract class PreAggregator<T>
{
    public abstract bool IsEmpty { get; }

    public abstract void Add(RecordBatch<T> batch);

    /// <summary>Writes what <see cref="IPreAggregatedInput"/> reads. The same records give the same bytes.</summary>
    public abstract void WriteTo(DataWriter output);

    public abstract void Clear();
}

/// <summary>What records of one key and slice have been combined to.</summary>
internal struct PartialAggregate<TAcc>
{
    public TAcc Accumulator;

    /// <summary>Number of records, which receivers count where they are late.</summary>
    public uint Records;
}

/// <summary>An operator that takes what a <see cref="PreAggregator{T}"/> made of records as if it were the records.</summary>
internal interface IPreAggregatedInput
{
    void OnPartials(ReadOnlySpan<byte> payload);
}
