using Millrace.Batches;

namespace Millrace.Operators;

/// <summary>An operator with two inputs; its watermark is the minimum over the inputs that are not idle.</summary>
internal abstract class TwoInputOperator<TIn1, TIn2, TOut> : StreamOperator<TOut>, ITwoInputs
{
    private readonly InputWatermark _first = new();
    private readonly InputWatermark _second = new();
    private long _watermark = long.MinValue;
    private bool _idle;

    protected TwoInputOperator()
    {
        First = new FirstInput(this);
        Second = new SecondInput(this);
    }

    public IInput<TIn1> First { get; }

    public IInput<TIn2> Second { get; }

    public object InputAt(int port) =>
        port switch
        {
            0 => First,
            1 => Second,
            _ => throw new ArgumentOutOfRangeException(nameof(port), port, "A two-input operator has inputs 0 and 1."),
        };

    protected abstract void OnFirstBatch(RecordBatch<TIn1> batch);

    protected abstract void OnSecondBatch(RecordBatch<TIn2> batch);

    /// <summary>The combined watermark has risen.</summary>
    protected virtual void OnCombinedWatermark(long watermark) => EmitWatermark(watermark);

    private void Advance(InputWatermark input, long watermark)
    {
        input.Watermark = Math.Max(input.Watermark, watermark);
        Combine();
    }

    private void SetIdle(InputWatermark input, bool idle)
    {
        input.Idle = idle;
        bool both = _first.Idle && _second.Idle;
        if (both != _idle)
        {
            _idle = both;
            EmitIdle(both);
        }

        Combine();
    }

    private void Combine()
    {
        if (_idle)
        {
            return;
        }

        long watermark = Math.Min(_first.Idle ? long.MaxValue : _first.Watermark, _second.Idle ? long.MaxValue : _second.Watermark);
        if (watermark > _watermark)
        {
            _watermark = watermark;
            OnCombinedWatermark(watermark);
        }
    }

    private sealed class InputWatermark
    {
        public long Watermark { get; set; } = long.MinValue;

        public bool Idle { get; set; }
    }

    private sealed class FirstInput(TwoInputOperator<TIn1, TIn2, TOut> owner) : IInput<TIn1>
    {
        public void OnBatch(RecordBatch<TIn1> batch) => owner.OnFirstBatch(batch);

        public void OnWatermark(long watermark) => owner.Advance(owner._first, watermark);

        public void OnIdle(bool idle) => owner.SetIdle(owner._first, idle);

        public void Flush() => owner.FlushOutputs();
    }

    private sealed class SecondInput(TwoInputOperator<TIn1, TIn2, TOut> owner) : IInput<TIn2>
    {
        public void OnBatch(RecordBatch<TIn2> batch) => owner.OnSecondBatch(batch);

        public void OnWatermark(long watermark) => owner.Advance(owner._second, watermark);

        public void OnIdle(bool idle) => owner.SetIdle(owner._second, idle);

        public void Flush() => owner.FlushOutputs();
    }
}

/// <summary>An operator with two inputs, of possibly different types.</summary>
internal interface ITwoInputs
{
    /// <summary>The input 0 or 1, an <see cref="IInput{T}"/> of the type of its records.</summary>
    object InputAt(int port);
}

/// <summary>What operators with two inputs and a user function have in common: they take records one by one.</summary>
internal abstract class TwoInputFunctionOperator<TIn1, TIn2, TOut> : TwoInputOperator<TIn1, TIn2, TOut>
{
    private readonly Action<int, RecordBatch<TIn1>> _takeFirst;
    private readonly Action<int, RecordBatch<TIn2>> _takeSecond;
    private int _row;

    protected TwoInputFunctionOperator() => (_takeFirst, _takeSecond) = (TakeFirstFrom, TakeSecondFrom);

    protected abstract void OnFirst(TIn1 value, long timestamp);

    protected abstract void OnSecond(TIn2 value, long timestamp);

    protected sealed override void OnFirstBatch(RecordBatch<TIn1> batch) => Take(batch, _takeFirst);

    protected sealed override void OnSecondBatch(RecordBatch<TIn2> batch) => Take(batch, _takeSecond);

    /// <summary>A function threw for a record.</summary>
    protected virtual void OnError<T>(Exception failure, T value, long timestamp, int row) => LeaveOut(failure, value, timestamp, row);

    protected virtual void SelectKeyOfFirst(RecordBatch<TIn1> batch, int index) { }

    protected virtual void SelectKeyOfSecond(RecordBatch<TIn2> batch, int index) { }

    // The loops of RecordOperator, for each input.
    private void Take<T>(RecordBatch<T> batch, Action<int, RecordBatch<T>> takeFrom)
    {
        for (int next = 0; next < batch.Count; next = _row + 1)
        {
            try
            {
                takeFrom(next, batch);
                break;
            }
            catch (Exception failure) when (IsOwn(failure))
            {
                OnError(failure, batch.Values[_row], batch.Timestamps[_row], _row);
            }
        }

        EmitBuffered();
    }

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
