using Millrace.Batches;

namespace Millrace.Operators.Process;

/// <summary>Keeps the records that fulfil a condition.</summary>
internal sealed class FilterOperator<T>(Func<T, bool> predicate) : RecordOperator<T, T>
{
    public override bool PassesRecordsOn => true;

    protected override void TakeFrom(int row, RecordBatch<T> batch)
    {
        ReadOnlySpan<T> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        OperatorOutput<T> output = Output;
        Func<T, bool> keep = predicate;
        for (int i = row; i < values.Length; i++)
        {
            Row = i;
            T value = values[i];
            if (keep(value))
            {
                output.Collect(value, timestamps[i]);
            }
        }
    }
}
