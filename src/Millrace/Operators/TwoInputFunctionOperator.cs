using Millrace.Batches;

namespace Millrace.Operators;

/// <summary>What operators with two inputs and a user function have in common: they take records one by one.</summary>
internal abstract class TwoInputFunctionOperator<TIn1, TIn2, TOut> : TwoInputOperator<TIn1, TIn2, TOut>
{
    private int _row;

    protected abstract void OnFirst(TIn1 value, long timestamp);

    protected abstract void OnSecond(TIn2 value, long timestamp);

    protected sealed override void OnFirstBatch(RecordBatch<TIn1> batch)
    {
        for (int next = 0; next < batch.Count; next = _row + 1)
        {
            try
            {
                TakeFirstFrom(next, batch);
                break;
            }
            catch (Exception failure) when (IsOwn(failure))
            {
                OnError(failure, batch.Values[_row], batch.Timestamps[_row], _row);
            }
        }

        EmitBuffered();
    }

    protected sealed override void OnSecondBatch(RecordBatch<TIn2> batch)
    {
        for (int next = 0; next < batch.Count; next = _row + 1)
        {
            try
            {
                TakeSecondFrom(next, batch);
                break;
            }
            catch (Exception failure) when (IsOwn(failure))
            {
                OnError(failure, batch.Values[_row], batch.Timestamps[_row], _row);
            }
        }

        EmitBuffered();
    }

    /// <summary>A function threw for a record.</summary>
    protected virtual void OnError<T>(Exception failure, T value, long timestamp, int row) => LeaveOut(failure, value, timestamp, row);

    protected virtual void SelectKeyOfFirst(RecordBatch<TIn1> batch, int index) { }

    protected virtual void SelectKeyOfSecond(RecordBatch<TIn2> batch, int index) { }

    // Apart from the handler, whose loop would keep its variables in memory.
    private void TakeFirstFrom(int row, RecordBatch<TIn1> batch)
    {
        ReadOnlySpan<TIn1> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        for (int i = row; i < values.Length; i++)
        {
            _row = i;
            SelectKeyOfFirst(batch, i);
            OnFirst(values[i], timestamps[i]);
        }
    }

    private void TakeSecondFrom(int row, RecordBatch<TIn2> batch)
    {
        ReadOnlySpan<TIn2> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        for (int i = row; i < values.Length; i++)
        {
            _row = i;
            SelectKeyOfSecond(batch, i);
            OnSecond(values[i], timestamps[i]);
        }
    }
}
