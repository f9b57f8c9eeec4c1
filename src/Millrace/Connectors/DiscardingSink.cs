using Millrace.Batches;

namespace Millrace.Connectors;

/// <summary>Drops every record (Flink's <c>DiscardingSink</c>): for benchmarks.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class DiscardingSink<T> : ISink<T>, ISinkWriter<T>
{
    /// <inheritdoc/>
    public IReadOnlyList<Topic> Topics => [];

    /// <inheritdoc/>
    public void Validate(ICollection<string> errors)
    {
        // Nothing can be wrong with nothing.
    }

    /// <inheritdoc/>
    public ISinkWriter<T> CreateWriter(ConnectorContext context) => this;

    /// <inheritdoc/>
    public void Write(RecordBatch<T> batch)
    {
        // Dropped on purpose.
    }

    /// <inheritdoc/>
    public void Flush(bool endOfInput)
    {
        // Nothing is kept.
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
