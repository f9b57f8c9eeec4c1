using Millrace.Batches;

namespace Millrace.Operators;

/// <summary>Keeps the records that fulfil a condition.</summary>
internal sealed class FilterOperator<T>(Func<T, bool> predicate) : OneInputOperator<T, T>
{
    public override void OnBatch(RecordBatch<T> batch)
    {
        ReadOnlySpan<T> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        OperatorOutput<T> output = Output;
        Func<T, bool> keep = predicate;
        for (int i = 0; i < values.Length; i++)
        {
            T value = values[i];
            if (keep(value))
            {
                output.Collect(value, timestamps[i]);
            }
        }

        output.EmitBuffered();
    }
}
