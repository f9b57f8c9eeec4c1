using Millrace.Batches;

namespace Millrace.Operators;

/// <summary>
/// An operator with one input whose function takes records one by one; one that it throws for fails the run, or is left out.
/// </summary>
internal abstract class RecordOperator<TIn, TOut> : OneInputOperator<TIn, TOut>
{
    /// <summary>Index of the record that is under way in its batch.</summary>
    protected int Row { get; set; }

    public sealed override void OnBatch(RecordBatch<TIn> batch)
    {
        for (int next = 0; next < batch.Count; next = Row + 1)
        {
            try
            {
                TakeFrom(next, batch);
                break;
            }
            catch (Exception failure) when (IsOwn(failure))
            {
                LeaveOut(failure, batch, Row);
            }
        }

        EndBatch();
    }

    /// <summary>
    /// Takes the records of a batch from a row on, and sets <see cref="Row"/> to each before its function sees it. A method apart from the
    /// handler of exceptions, because a loop around a handler keeps its variables in memory.
    /// </summary>
    protected abstract void TakeFrom(int row, RecordBatch<TIn> batch);

    protected virtual void LeaveOut(Exception cause, RecordBatch<TIn> batch, int row) =>
        LeaveOut(cause, batch.Values[row], batch.Timestamps[row], row);

    protected virtual void EndBatch() => EmitBuffered();
}

/// <summary>The same behind a <c>KeyBy</c>: each batch has keys.</summary>
internal abstract class KeyedRecordOperator<TKey, TIn, TOut> : RecordOperator<TIn, TOut>
    where TKey : notnull
{
    protected sealed override void TakeFrom(int row, RecordBatch<TIn> batch) => TakeFrom(row, (KeyedBatch<TKey, TIn>)batch);

    /// <inheritdoc cref="RecordOperator{TIn, TOut}.TakeFrom"/>
    protected abstract void TakeFrom(int row, KeyedBatch<TKey, TIn> batch);

    protected sealed override void LeaveOut(Exception cause, RecordBatch<TIn> batch, int row) =>
        LeaveOut(cause, ((KeyedBatch<TKey, TIn>)batch).Keys[row], batch.Values[row], batch.Timestamps[row], row);
}
