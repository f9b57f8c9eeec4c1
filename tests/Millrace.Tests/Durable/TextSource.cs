using System.Globalization;
using System.Text;
using Millrace.Batches;
using Millrace.Connectors;

namespace Millrace.Tests.Durable;

/// <summary>A topic of lines "key:timestamp".</summary>
internal sealed class TextSource(IReadOnlyList<RawRecord>? topic = null) : IRawRecordSource<Click>
{
    public IReadOnlyList<Topic> Topics => [new("kafka", "clicks")];

    public static RawRecord Encode(int partition, long offset, Click click) =>
        new("clicks", partition, offset, RecordBatch.NoTimestamp, Key: null, Encoding.UTF8.GetBytes($"{click.Page}:{click.Time}"), []);

    public void Validate(ICollection<string> errors)
    {
        // A fixed topic has nothing to validate.
    }

    public IRawTopicReader CreateTopicReader(ConnectorContext context) => new TopicReader(topic);

    public SourceSplit SplitAt(RawPosition position) =>
        new($"{position.Topic}-{position.Partition}", position.Partition, ReadOnlyMemory<byte>.Empty);

    public RawPosition PositionOf(SourceSplit split) => throw new NotSupportedException("The test takes no savepoints.");

    public IRawRecordReader<Click> CreateRawReader(ConnectorContext context) => new Reader();

    private sealed class Reader : IRawRecordReader<Click>
    {
        public void Read(RawRecord record, RecordBatch<Click> output)
        {
            string[] parts = Encoding.UTF8.GetString(record.Value!.Value.Span).Split(':');
            output.Add(new Click(parts[0], long.Parse(parts[1], CultureInfo.InvariantCulture)), record.Timestamp);
        }

        public Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>Tells that there is one partition; the tests bring its records.</summary>
    private sealed class TopicReader(IReadOnlyList<RawRecord>? topic) : IRawTopicReader
    {
        public Task<int> CountPartitionsAsync(string name, CancellationToken cancellationToken) => Task.FromResult(1);

        public Task<long> FindStartAsync(string name, int partition, bool isInitial, CancellationToken cancellationToken) =>
            Task.FromResult(0L);

        public Task<long> FindLastRecordAsync(string name, int partition, long from, CancellationToken cancellationToken) =>
            throw new NotSupportedException("The test reads the topic itself.");

        public Task<RawRecordRange> ReadAsync(
            string name,
            int partition,
            long from,
            long to,
            int maxRecords,
            CancellationToken cancellationToken
        ) =>
            topic is null
                ? throw new NotSupportedException("The test reads the topic itself.")
                : Task.FromResult(
                    new RawRecordRange(
                        [.. topic.Where(record => record.Partition == partition && record.Offset >= from && record.Offset <= to)],
                        to
                    )
                );

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
