using System.Text;
using Millrace.Batches;
using Millrace.Connectors;

namespace Millrace.FolderLog.Tests;

/// <summary>Reads the text files of a folder log.</summary>
public sealed class FolderLogSource(string folder, Boundedness boundedness = Boundedness.ContinuousUnbounded) : IRawRecordSource<string>
{
    public Boundedness Boundedness => boundedness;

    public IReadOnlyList<Topic> Topics => [FolderLog.TopicOf(folder)];

    public void Validate(ICollection<string> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        if (!Directory.Exists(folder))
        {
            errors.Add($"FolderLogSource reads '{folder}', which is no folder; create it, or correct the path.");
        }
    }

    public IRawTopicReader CreateTopicReader(ConnectorContext context) => new FolderLogReader(folder);

    public IRawRecordReader<string> CreateRawReader(ConnectorContext context) => new TextReader();

    private sealed class TextReader : IRawRecordReader<string>
    {
        public void Read(RawRecord record, RecordBatch<string> output)
        {
            if (record.Value is { } text)
            {
                output.Add(Encoding.UTF8.GetString(text.Span), record.Timestamp);
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>Looks into a folder log.</summary>
internal sealed class FolderLogReader(string folder) : IRawTopicReader
{
    public Task<int> CountPartitionsAsync(string topic, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(FolderLog.CountPartitions(folder));
    }

    public Task<long> FindStartAsync(string topic, int partition, bool isInitial, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(FolderLog.NumbersOf(folder, partition).FirstOrDefault());
    }

    public Task<long> FindLastRecordAsync(string topic, int partition, long from, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(FolderLog.NumbersOf(folder, partition) is [.., long last] && last >= from ? last : -1);
    }

    public async Task<RawRecordRange> ReadAsync(
        string topic,
        int partition,
        long from,
        long to,
        int maxRecords,
        CancellationToken cancellationToken
    )
    {
        long[] numbers = FolderLog.NumbersOf(folder, partition);
        if (numbers.Length > 0 && numbers[0] > from)
        {
            throw new SuppressRestartsException(
                $"Partition {partition} of '{folder}' begins at record {numbers[0]}, expected {from}: records were removed that the "
                    + "job has not read. Put them back, or start the job anew."
            );
        }

        List<RawRecord> records = [];
        long covered = from - 1;
        foreach (long number in numbers.Where(number => number >= from && number <= to).Take(maxRecords))
        {
            string file = FolderLog.FileOf(folder, partition, number);
            byte[] text = await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false);
            records.Add(new RawRecord(topic, partition, number, RecordBatch.NoTimestamp, Key: null, text, Headers: []));
            covered = number;
        }

        return new RawRecordRange(records, covered);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
