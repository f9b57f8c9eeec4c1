using Millrace.Batches;

namespace Millrace.Connectors;

/// <summary>
/// Keeps records in memory, for tests and small results. Records written after the last checkpoint before a failure are kept too: it is
/// at-least-once.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class CollectSink<T> : ISink<T>
{
    private readonly List<T> _records = [];

    /// <inheritdoc/>
    public IReadOnlyList<Topic> Topics => [];

    /// <summary>A copy of the records so far, in the order in which tasks wrote them.</summary>
    public IReadOnlyList<T> Records
    {
        get
        {
            lock (_records)
            {
                return [.. _records];
            }
        }
    }

    /// <inheritdoc/>
    public void Validate(ICollection<string> errors)
    {
        // Nothing can be wrong with a list.
    }

    /// <inheritdoc/>
    public ISinkWriter<T> CreateWriter(ConnectorContext context) => new Writer(_records);

    private sealed class Writer(List<T> records) : ISinkWriter<T>
    {
        public void Write(RecordBatch<T> batch)
        {
            lock (records)
            {
                records.AddRange(batch.Values);
            }
        }

        public void Flush(bool endOfInput)
        {
            // Memory is as durable as it gets.
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
