using Millrace.Connectors;

namespace Millrace.Testing.Conformance;

/// <summary>What lies in the topics of a source, read beside its enumerator and reader.</summary>
internal sealed class RawLog<T>(SourceScope<T> scope, IRawRecordSource<T> source, IRawTopicReader topics)
{
    public IRawRecordSource<T> Source => source;

    public IRawTopicReader Topics => topics;

    /// <summary>Runs a check over the topics of the scope's source; one that has no topic reader passes.</summary>
    public static async Task UseAsync(SourceScope<T> scope, Func<RawLog<T>, Task> check)
    {
        if (scope.Subject.Create() is IRawRecordSource<T> source)
        {
            IRawTopicReader topics = source.CreateTopicReader(scope.Context());
            await using (topics.ConfigureAwait(false))
            {
                await check(new RawLog<T>(scope, source, topics)).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The same, with a reader that makes records of what lies there.</summary>
    public static Task ReadAsync(SourceScope<T> scope, Func<RawLog<T>, IRawRecordReader<T>, Task> check) =>
        UseAsync(
            scope,
            async log =>
            {
                IRawRecordReader<T> records = log.Source.CreateRawReader(scope.Context());
                await using (records.ConfigureAwait(false))
                {
                    await check(log, records).ConfigureAwait(false);
                }
            }
        );

    public async Task<List<RawPartition>> PartitionsAsync()
    {
        List<RawPartition> all = [];
        foreach (Topic topic in source.Topics)
        {
            int count = await Check
                .InTimeAsync(topics.CountPartitionsAsync(topic.Name, scope.CancellationToken), scope.Patience, "counting partitions")
                .ConfigureAwait(false);
            all.AddRange(
                Enumerable
                    .Range(0, count)
                    .Select(index => new RawPartition(topics, topic.Name, index, scope.Patience, scope.CancellationToken))
            );
        }

        return all;
    }
}

/// <summary>A partition as a topic reader gives it, within the bounds of its contract.</summary>
internal sealed class RawPartition(IRawTopicReader topics, string topic, int index, TimeSpan patience, CancellationToken cancellationToken)
{
    public string Topic => topic;

    public int Index => index;

    public override string ToString() => $"{topic} [{index}]";

    /// <summary>All records from the partition's start on, at most so many with each call.</summary>
    public async Task<List<RawRecord>> ReadAllAsync(int maxRecords = int.MaxValue, bool isInitial = false)
    {
        long next = await Check
            .InTimeAsync(topics.FindStartAsync(topic, index, isInitial, cancellationToken), patience, "finding a start")
            .ConfigureAwait(false);
        Check.That(next >= 0, $"the start of {this} to be an offset, it is {next}");
        long last = await FindLastAsync(next).ConfigureAwait(false);
        List<RawRecord> records = [];
        while (next <= last)
        {
            RawRecordRange range = await ReadAsync(next, last, maxRecords).ConfigureAwait(false);
            Check.That(range.CoveredTo >= next, $"reading {this} from {next} to {last} to come on, it stays");
            records.AddRange(range.Records);
            next = range.CoveredTo + 1;
        }

        return records;
    }

    public async Task<RawRecordRange> ReadAsync(long from, long to, int maxRecords = int.MaxValue)
    {
        RawRecordRange range = await Check
            .InTimeAsync(topics.ReadAsync(topic, index, from, to, maxRecords, cancellationToken), patience, "reading a range")
            .ConfigureAwait(false);
        string where = $"[{from}, {to}] of {this}";
        long before = from - 1;
        foreach (RawRecord record in range.Records)
        {
            Check.That(record.Offset > before, $"offsets to rise in {where}, {record.Offset} follows {before}");
            before = record.Offset;
        }

        Check.That(range.CoveredTo <= to, $"{where} to be covered to its end at most, it is to {range.CoveredTo}");
        Check.That(before <= range.CoveredTo || range.Records.Count == 0, $"the records of {where} to lie where it is covered");
        return range;
    }

    public Task<long> FindLastAsync(long from) =>
        Check.InTimeAsync(topics.FindLastRecordAsync(topic, index, from, cancellationToken), patience, "finding the last record");
}
