using Millrace.Batches;
using Millrace.Errors;
using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>The untyped input of a stage: what a host delivers to.</summary>
internal interface IInputPort
{
    void OnBatch(RecordBatch batch);

    void OnWatermark(long watermark);

    void OnIdle(bool idle);

    void Flush();
}

/// <summary>Passes what a host delivers to the head of a chain.</summary>
internal sealed class InputPort<T>(IInput<T> input) : IInputPort
{
    public void OnBatch(RecordBatch batch) => input.OnBatch((RecordBatch<T>)batch);

    public void OnWatermark(long watermark) => input.OnWatermark(watermark);

    public void OnIdle(bool idle) => input.OnIdle(idle);

    public void Flush() => input.Flush();
}

/// <summary>Passes what a host delivers to the head of a chain record by record, saying where each came from.</summary>
internal sealed class TracedInputPort<T>(IInput<T> input, RecordBatch<T> single, TaskErrors errors) : IInputPort
{
    public void OnBatch(RecordBatch batch)
    {
        RecordBatch<T> typed = (RecordBatch<T>)batch;
        if (!errors.IsTracing)
        {
            input.OnBatch(typed);
            return;
        }

        for (int row = 0; row < typed.Count; row++)
        {
            single.Clear();
            single.AddFrom(typed, row);
            errors.Begin(typed.Origins?[row] ?? default);
            input.OnBatch(single);
        }

        errors.End();
    }

    public void OnWatermark(long watermark) => input.OnWatermark(watermark);

    public void OnIdle(bool idle) => input.OnIdle(idle);

    public void Flush() => input.Flush();
}
