using System.Globalization;
using System.Text;
using Millrace.Batches;
using Millrace.Connectors;

namespace Millrace.Simulation.Tests.Jobs;

/// <summary>Topics of lines "shop:amount:time".</summary>
internal sealed class SaleSource(params string[] topics) : IRawRecordSource<Sale>
{
    public IReadOnlyList<Topic> Topics => [.. topics.Select(topic => new Topic("kafka", topic))];

    public void Validate(ICollection<string> errors)
    {
        // Any topics will do.
    }

    public IRawTopicReader CreateTopicReader(ConnectorContext context) =>
        throw new NotSupportedException("The simulator reads the topic itself.");

    public IRawRecordReader<Sale> CreateRawReader(ConnectorContext context) => new Reader();

    private sealed class Reader : IRawRecordReader<Sale>
    {
        public void Read(RawRecord record, RecordBatch<Sale> output)
        {
            string[] parts = Encoding.UTF8.GetString(record.Value!.Value.Span).Split(':');
            output.Add(
                new Sale(parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture), long.Parse(parts[2], CultureInfo.InvariantCulture)),
                record.Timestamp
            );
        }

        public Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
