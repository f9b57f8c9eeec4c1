using Millrace.Batches;

namespace Millrace.Operators.Process;

/// <summary>One record out for each record in.</summary>
internal sealed class MapOperator<TIn, TOut>(Func<TIn, TOut> mapper) : RecordOperator<TIn, TOut>
{
    protected override bool KeepsRows => true;

    protected override void TakeFrom(int row, RecordBatch<TIn> batch)
    {
        ReadOnlySpan<TIn> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        OperatorOutput<TOut> output = Output;
        Func<TIn, TOut> map = mapper;
        for (int i = row; i < values.Length; i++)
        {
            Row = i;
            output.Collect(map(values[i]), timestamps[i]);
        }
    }
}
