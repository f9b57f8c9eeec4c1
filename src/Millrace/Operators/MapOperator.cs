using Millrace.Batches;

namespace Millrace.Operators;

/// <summary>One record out for each record in.</summary>
internal sealed class MapOperator<TIn, TOut>(Func<TIn, TOut> mapper) : OneInputOperator<TIn, TOut>
{
    protected override bool KeepsRows => true;

    public override void OnBatch(RecordBatch<TIn> batch)
    {
        ReadOnlySpan<TIn> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        OperatorOutput<TOut> output = Output;
        Func<TIn, TOut> map = mapper;
        int i = 0;
        while (i < values.Length)
        {
            try
            {
                for (; i < values.Length; i++)
                {
                    output.Collect(map(values[i]), timestamps[i]);
                }
            }
            catch (Exception failure) when (IsOwn(failure))
            {
                LeaveOut(failure, values[i], timestamps[i], i);
                i++;
            }
        }

        output.EmitBuffered();
    }
}
