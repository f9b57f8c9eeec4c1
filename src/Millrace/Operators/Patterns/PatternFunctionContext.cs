using Millrace.Batches;
using Millrace.Patterns;
using Millrace.UserFunctions;

namespace Millrace.Operators.Patterns;

/// <summary>What a function on matches sees of its task.</summary>
internal sealed class PatternFunctionContext(SideOutputs sideOutputs, IProcessingTimeService processingTime, bool isProcessingTime)
    : IPatternContext
{
    public long Timestamp { get; set; } = RecordBatch.NoTimestamp;

    public long CurrentProcessingTime => processingTime.Now;

    public void Output<TSide>(OutputTag<TSide> tag, TSide value)
    {
        ArgumentNullException.ThrowIfNull(tag);
        sideOutputs.Find<TSide>(tag.Id)?.Collect(value, isProcessingTime ? RecordBatch.NoTimestamp : Timestamp);
    }
}
