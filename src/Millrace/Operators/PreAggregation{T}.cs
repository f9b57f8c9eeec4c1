namespace Millrace.Operators;

/// <summary>The typed face of a pre-aggregation.</summary>
internal abstract class PreAggregation<T> : PreAggregation
{
    /// <summary>What collects the records of one channel.</summary>
    public abstract PreAggregator<T> CreateAggregator();
}
