using Millrace.Batches;

namespace Millrace.Operators;

/// <summary>Keeps the records that fulfil a condition.</summary>
internal sealed class FilterOperator<T>(Func<T, bool> predicate) : OneInputOperator<T, T>
{
    public override bool PassesRecordsOn => true;

    public override void OnBatch(RecordBatch<T> batch)
    {
        ReadOnlySpan<T> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        OperatorOutput<T> output = Output;
        Func<T, bool> keep = predicate;
        int i = 0;
        while (i < values.Length)
        {
            try
            {
                for (; i < values.Length; i++)
                {
                    T value = values[i];
                    if (keep(value))
                    {
                        output.Collect(value, timestamps[i]);
                    }
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
