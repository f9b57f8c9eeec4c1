using Millrace.Batches;

namespace Millrace.Operators;

/// <summary>What flows along a chain of operators, in order, on the task's thread.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
internal interface IInput<T>
{
    /// <summary>Takes records. The batch is only valid during the call.</summary>
    void OnBatch(RecordBatch<T> batch);

    /// <summary>No record with a timestamp &lt;= <paramref name="watermark"/> will follow. Watermarks only rise.</summary>
    void OnWatermark(long watermark);

    /// <summary>The input has gone idle, or active again: an idle input does not hold watermarks back.</summary>
    void OnIdle(bool idle);

    /// <summary>Passes on what is buffered: the task has nothing to do, or a barrier follows.</summary>
    void Flush();
}

/// <summary>The end of a stream that nobody reads.</summary>
internal sealed class DiscardingInput<T> : IInput<T>
{
    public static DiscardingInput<T> Instance { get; } = new();

    public void OnBatch(RecordBatch<T> batch)
    {
        // Nobody reads it.
    }

    public void OnWatermark(long watermark)
    {
        // Nobody reads it.
    }

    public void OnIdle(bool idle)
    {
        // Nobody reads it.
    }

    public void Flush()
    {
        // Nothing is buffered.
    }
}
