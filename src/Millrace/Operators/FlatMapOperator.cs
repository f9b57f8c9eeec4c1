using Millrace.Batches;
using Millrace.Processing;

namespace Millrace.Operators;

/// <summary>Any number of records out for each record in.</summary>
internal sealed class FlatMapOperator<TIn, TOut>(Action<TIn, Collector<TOut>> flatMapper) : OneInputOperator<TIn, TOut>
{
    private OperatorCollector<TOut>? _collector;

    public override void OnBatch(RecordBatch<TIn> batch)
    {
        OperatorCollector<TOut> collector = _collector ??= new OperatorCollector<TOut>(Output);
        ReadOnlySpan<TIn> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        int i = 0;
        while (i < values.Length)
        {
            try
            {
                for (; i < values.Length; i++)
                {
                    collector.Timestamp = timestamps[i];
                    flatMapper(values[i], collector);
                }
            }
            catch (Exception failure) when (IsOwn(failure))
            {
                LeaveOut(failure, values[i], timestamps[i], i);
                i++;
            }
        }

        Output.EmitBuffered();
    }
}
