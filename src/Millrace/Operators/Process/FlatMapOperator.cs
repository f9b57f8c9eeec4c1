using Millrace.Batches;
using Millrace.UserFunctions;

namespace Millrace.Operators.Process;

/// <summary>Any number of records out for each record in.</summary>
internal sealed class FlatMapOperator<TIn, TOut>(Action<TIn, Collector<TOut>> flatMapper) : RecordOperator<TIn, TOut>
{
    private OperatorCollector<TOut>? _collector;

    protected override void TakeFrom(int row, RecordBatch<TIn> batch)
    {
        OperatorCollector<TOut> collector = _collector ??= new OperatorCollector<TOut>(Output);
        ReadOnlySpan<TIn> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        Action<TIn, Collector<TOut>> flatMap = flatMapper;
        for (int i = row; i < values.Length; i++)
        {
            Row = i;
            collector.Timestamp = timestamps[i];
            flatMap(values[i], collector);
        }
    }
}
