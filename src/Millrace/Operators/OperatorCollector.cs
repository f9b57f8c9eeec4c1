using Millrace.Batches;
using Millrace.Processing;

namespace Millrace.Operators;

/// <summary>A collector in front of an operator's output.</summary>
internal sealed class OperatorCollector<T>(OperatorOutput<T> output) : Collector<T>
{
    /// <summary>The timestamp that emitted records get.</summary>
    public long Timestamp { get; set; } = RecordBatch.NoTimestamp;

    public override void Collect(T value) => output.Collect(value, Timestamp);
}
