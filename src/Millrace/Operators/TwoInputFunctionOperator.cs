using Millrace.Batches;

namespace Millrace.Operators;

/// <summary>What operators with two inputs and a user function have in common: they take records one by one.</summary>
internal abstract class TwoInputFunctionOperator<TIn1, TIn2, TOut> : TwoInputOperator<TIn1, TIn2, TOut>
{
    protected abstract void OnFirst(TIn1 value, long timestamp);

    protected abstract void OnSecond(TIn2 value, long timestamp);

    protected sealed override void OnFirstBatch(RecordBatch<TIn1> batch)
    {
        ReadOnlySpan<TIn1> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        int i = 0;
        while (i < values.Length)
        {
            try
            {
                for (; i < values.Length; i++)
                {
                    SelectKeyOfFirst(batch, i);
                    OnFirst(values[i], timestamps[i]);
                }
            }
            catch (Exception failure) when (IsOwn(failure))
            {
                OnError(failure, values[i], timestamps[i], i);
                i++;
            }
        }

        EmitBuffered();
    }

    protected sealed override void OnSecondBatch(RecordBatch<TIn2> batch)
    {
        ReadOnlySpan<TIn2> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        int i = 0;
        while (i < values.Length)
        {
            try
            {
                for (; i < values.Length; i++)
                {
                    SelectKeyOfSecond(batch, i);
                    OnSecond(values[i], timestamps[i]);
                }
            }
            catch (Exception failure) when (IsOwn(failure))
            {
                OnError(failure, values[i], timestamps[i], i);
                i++;
            }
        }

        EmitBuffered();
    }

    /// <summary>A function threw for a record.</summary>
    protected virtual void OnError<T>(Exception failure, T value, long timestamp, int row) => LeaveOut(failure, value, timestamp, row);

    protected virtual void SelectKeyOfFirst(RecordBatch<TIn1> batch, int index)
    {
    }

    protected virtual void SelectKeyOfSecond(RecordBatch<TIn2> batch, int index)
    {
    }
}
