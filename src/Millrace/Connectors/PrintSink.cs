using Millrace.Batches;

namespace Millrace.Connectors;

/// <summary>Writes records as lines of text, to standard output unless told otherwise.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class PrintSink<T> : ISink<T>
{
    private readonly TextWriter _output;

    /// <summary>Creates the sink.</summary>
    /// <param name="output">Where to; <see langword="null"/> = standard output.</param>
    public PrintSink(TextWriter? output = null) => _output = TextWriter.Synchronized(output ?? Console.Out);

    /// <inheritdoc/>
    public IReadOnlyList<Topic> Topics => [];

    /// <inheritdoc/>
    public void Validate(ICollection<string> errors)
    {
        // Any record can be printed.
    }

    /// <inheritdoc/>
    public ISinkWriter<T> CreateWriter(ConnectorContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new Writer(_output, context.Parallelism > 1 ? $"{context.TaskIndex}> " : "");
    }

    private sealed class Writer(TextWriter output, string prefix) : ISinkWriter<T>
    {
        public void Write(RecordBatch<T> batch)
        {
            foreach (T value in batch.Values)
            {
                output.Write(prefix);
                output.WriteLine(value);
            }
        }

        public void Flush(bool endOfInput) => output.Flush();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
