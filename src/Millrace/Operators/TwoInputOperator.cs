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
