using Millrace.Batches;

namespace Millrace.Operators;

/// <summary>One record out for each record in.</summary>
internal sealed class MapOperator<TIn, TOut>(Func<TIn, TOut> mapper) : OneInputOperator<TIn, TOut>
{
    public override void OnBatch(RecordBatch<TIn> batch)
    {
        ReadOnlySpan<TIn> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        OperatorOutput<TOut> output = Output;
        Func<TIn, TOut> map = mapper;
        for (int i = 0; i < values.Length; i++)
        {
            output.Collect(map(values[i]), timestamps[i]);
        }

        output.EmitBuffered();
    }
}
