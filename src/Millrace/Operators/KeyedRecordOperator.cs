using Millrace.Batches;

namespace Millrace.Operators;

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
