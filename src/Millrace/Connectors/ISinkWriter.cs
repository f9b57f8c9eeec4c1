using Millrace.Batches;

namespace Millrace.Connectors;

/// <summary>
/// Writes the records of one sink task. All calls come from the task's thread. A failure is thrown from the next call at the latest; it
/// fails the run, which restarts from the last checkpoint.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface ISinkWriter<T> : IAsyncDisposable
{
    /// <summary>
    /// Takes records. May wait (back pressure), observing the context's cancellation token. The batch is only valid during the call.
    /// </summary>
    /// <param name="batch">The records.</param>
    void Write(RecordBatch<T> batch);

    /// <summary>
    /// Returns when everything written so far is durable at the destination (at-least-once), or, for a committing writer, ready to be
    /// committed. Called before each checkpoint's snapshot and at the end of input.
    /// </summary>
    /// <param name="endOfInput">Whether no record will follow.</param>
    void Flush(bool endOfInput);
}
