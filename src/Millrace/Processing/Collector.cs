namespace Millrace.Processing;

/// <summary>Takes what a user function emits (Flink's <c>Collector</c>).</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public abstract class Collector<T>
{
    private protected Collector() { }

    /// <summary>Emits a record with the timestamp of the record or timer being processed.</summary>
    /// <param name="value">The record.</param>
    public abstract void Collect(T value);
}
