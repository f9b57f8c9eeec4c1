using System.Globalization;
using Millrace.Api;
using Millrace.Batches;
using Millrace.Connectors;

namespace Millrace.Hosting.Tests;

/// <summary>Four numbers, <c>step</c> apart, for whoever asks the host for results.</summary>
internal sealed class CountingJob(Results results) : IStreamJob
{
    public string Name => "counting";

    public void Build(StreamExecutionEnvironment env)
    {
        long step = long.Parse(env.Configuration["step"] ?? "1", CultureInfo.InvariantCulture);
        env.FromGenerator(4, number => (number * step).ToString(CultureInfo.InvariantCulture)).SinkTo(results.Sink());
    }
}

/// <summary>What jobs of a test have written, in the order of the text. Thread-safe.</summary>
internal sealed class Results
{
    private readonly List<string> _taken = [];

    public string Name => "!";

    public int Count
    {
        get
        {
            lock (_taken)
            {
                return _taken.Count;
            }
        }
    }

    public IReadOnlyList<string> Taken()
    {
        lock (_taken)
        {
            return [.. _taken.Order(StringComparer.Ordinal)];
        }
    }

    public TakingSink<T> Sink<T>(Action? atEnd = null) => new(this, atEnd);

    public TakingSink<string> Sink() => new(this, atEnd: null);

    private void Take(string value)
    {
        lock (_taken)
        {
            _taken.Add(value);
        }
    }

    internal sealed class TakingSink<T>(Results owner, Action? atEnd) : ISink<T>, ISinkWriter<T>
    {
        public IReadOnlyList<Topic> Topics => [];

        public void Validate(ICollection<string> errors)
        {
            // Nothing can be wrong with it.
        }

        public ISinkWriter<T> CreateWriter(ConnectorContext context) => this;

        public void Write(RecordBatch<T> batch)
        {
            foreach (T value in batch.Values)
            {
                owner.Take(Convert.ToString(value, CultureInfo.InvariantCulture)!);
            }
        }

        public void Flush(bool endOfInput)
        {
            // Taken is taken.
        }

        public ValueTask DisposeAsync()
        {
            atEnd?.Invoke();
            return ValueTask.CompletedTask;
        }
    }
}
