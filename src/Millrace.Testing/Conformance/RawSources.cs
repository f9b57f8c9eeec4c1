using Millrace.Batches;
using Millrace.Connectors;

namespace Millrace.Testing.Conformance;

/// <summary>Checks of the two parts of a source that runs on every host.</summary>
internal static class RawSources<T>
{
    public static IReadOnlyList<Func<SourceScope<T>, Task>> Checks { get; } =
    [
        ShouldFindTheWayBackToAPosition_WhenASplitIsMadeOfIt,
        ShouldNameItsSplits_AsTheEnumeratorDoes,
        ShouldGiveWhatTheReaderGives_WhenReadRaw,
        ShouldSayHowFarARangeIsCovered_WhenItIsReadInParts,
        ShouldReadNothing_WhenARangeLiesBehindTheEnd,
        ShouldFindTheLastRecord_FromAnyOffset,
        ShouldFindTheFirstRecord_WhenAPartitionIsNew,
        ShouldAppend_WhenRecordsAreInTheBatch,
        ShouldAcceptItsPositions_WhenTheyAreValidated,
        ShouldObserveCancellation_WhenItLooksIntoTopics,
    ];

    private static async Task ShouldFindTheWayBackToAPosition_WhenASplitIsMadeOfIt(SourceScope<T> scope)
    {
        if (scope.Subject.Create() is not IRawRecordSource<T> source)
        {
            return;
        }

        foreach (Topic topic in source.Topics)
        {
            string? id = null;
            foreach (long offset in (long[])[0, 1, 127, 1L << 40, long.MaxValue - 1, -1])
            {
                RawPosition position = new(topic.Name, 3, offset) { TopicId = offset == 1 ? Guid.NewGuid() : Guid.Empty };
                SourceSplit split = source.SplitAt(position);
                Check.Equal(position, source.PositionOf(split), $"the position that split '{split.Id}' was made of");
                Check.Equal(id ?? split.Id, split.Id, "the id of a partition's split, whatever its position,");
                id = split.Id;
            }

            RawPosition bounded = new(topic.Name, 0, 5) { Stop = 9 };
            Check.Equal(bounded, source.PositionOf(source.SplitAt(bounded)), "a position with its stop");
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    private static async Task ShouldNameItsSplits_AsTheEnumeratorDoes(SourceScope<T> scope)
    {
        if (scope.Subject.Create() is not IRawRecordSource<T> source)
        {
            return;
        }

        IReadOnlyList<SourceSplit> splits = await scope.DiscoverAsync(source).ConfigureAwait(false);
        List<string> expected = [];
        IRawTopicReader topics = source.CreateTopicReader(scope.Context());
        await using (topics.ConfigureAwait(false))
        {
            foreach ((string topic, int partition) in await PartitionsAsync(scope, source, topics).ConfigureAwait(false))
            {
                expected.Add(source.SplitAt(new RawPosition(topic, partition, 0)).Id);
            }
        }

        Check.Equal(
            string.Join(", ", expected.Order(StringComparer.Ordinal)),
            string.Join(", ", splits.Select(split => split.Id).Order(StringComparer.Ordinal)),
            "the splits that the enumerator finds, beside those of the partitions,"
        );
        foreach (SourceSplit split in splits)
        {
            RawPosition position = source.PositionOf(split);
            Check.That(
                source.Topics.Any(topic => string.Equals(topic.Name, position.Topic, StringComparison.Ordinal)),
                $"split '{split.Id}' to be of one of the source's topics, it is of '{position.Topic}'"
            );
        }
    }

    private static async Task ShouldGiveWhatTheReaderGives_WhenReadRaw(SourceScope<T> scope)
    {
        if (scope.Subject.Create() is not IRawRecordSource<T> source)
        {
            return;
        }

        List<(string Split, T Value)> read = [];
        IRawTopicReader topics = source.CreateTopicReader(scope.Context());
        await using (topics.ConfigureAwait(false))
        {
            IRawRecordReader<T> records = source.CreateRawReader(scope.Context());
            await using (records.ConfigureAwait(false))
            {
                RecordBatch<T> batch = new(1);
                foreach ((string topic, int partition) in await PartitionsAsync(scope, source, topics).ConfigureAwait(false))
                {
                    string split = source.SplitAt(new RawPosition(topic, partition, 0)).Id;
                    foreach (RawRecord raw in await ReadAllAsync(scope, topics, topic, partition, int.MaxValue).ConfigureAwait(false))
                    {
                        Check.Equal((topic, partition), (raw.Topic, raw.Partition), "topic and partition of a raw record");
                        batch.Clear();
                        records.Read(raw, batch);
                        read.AddRange(batch.Values.ToArray().Select(value => (split, value)));
                    }
                }

                await Check.InTimeAsync(records.FlushAsync(scope.CancellationToken), scope.Patience, "a flush").ConfigureAwait(false);
            }
        }

        scope.Expect(read, "when read raw");
    }

    private static async Task ShouldSayHowFarARangeIsCovered_WhenItIsReadInParts(SourceScope<T> scope)
    {
        if (scope.Subject.Create() is not IRawRecordSource<T> source)
        {
            return;
        }

        IRawTopicReader topics = source.CreateTopicReader(scope.Context());
        await using (topics.ConfigureAwait(false))
        {
            foreach ((string topic, int partition) in await PartitionsAsync(scope, source, topics).ConfigureAwait(false))
            {
                List<RawRecord> whole = await ReadAllAsync(scope, topics, topic, partition, int.MaxValue).ConfigureAwait(false);
                foreach (int part in (int[])[1, 2, 5])
                {
                    List<RawRecord> parts = await ReadAllAsync(scope, topics, topic, partition, part).ConfigureAwait(false);
                    Check.That(
                        whole.Select(record => record.Offset).SequenceEqual(parts.Select(record => record.Offset)),
                        $"the same records of {topic} [{partition}] when at most {part} are asked for at a time"
                    );
                }

                // Any range gives its records and no others.
                for (int i = 0; i < whole.Count; i++)
                {
                    long from = whole[i].Offset;
                    long to = whole[Math.Min(i + 1, whole.Count - 1)].Offset;
                    RawRecordRange range = await ReadAsync(scope, topics, topic, partition, from, to, int.MaxValue).ConfigureAwait(false);
                    Check.Equal(
                        from == to ? 1 : 2,
                        range.Records.Count,
                        $"the number of records of {topic} [{partition}] in [{from}, {to}]"
                    );
                    Check.Equal(to, range.CoveredTo, $"how far [{from}, {to}] of {topic} [{partition}] is covered");
                }
            }
        }
    }

    private static async Task ShouldReadNothing_WhenARangeLiesBehindTheEnd(SourceScope<T> scope)
    {
        if (scope.Subject.Create() is not IRawRecordSource<T> source)
        {
            return;
        }

        IRawTopicReader topics = source.CreateTopicReader(scope.Context());
        await using (topics.ConfigureAwait(false))
        {
            foreach ((string topic, int partition) in await PartitionsAsync(scope, source, topics).ConfigureAwait(false))
            {
                List<RawRecord> whole = await ReadAllAsync(scope, topics, topic, partition, int.MaxValue).ConfigureAwait(false);
                if (whole.Count == 0)
                {
                    continue;
                }

                // What is not there yet is not covered: it may come.
                long end = whole[^1].Offset + 1;
                RawRecordRange range = await ReadAsync(scope, topics, topic, partition, end, end + 10, int.MaxValue).ConfigureAwait(false);
                Check.Equal(0, range.Records.Count, $"the number of records behind the end of {topic} [{partition}]");
                Check.That(
                    range.CoveredTo < end,
                    $"nothing behind the end of {topic} [{partition}] to be covered, it is to {range.CoveredTo}"
                );

                range = await ReadAsync(scope, topics, topic, partition, whole[^1].Offset, end + 10, int.MaxValue).ConfigureAwait(false);
                Check.Equal(end - 1, range.CoveredTo, $"how far a range over the end of {topic} [{partition}] is covered");
            }
        }
    }

    private static async Task ShouldFindTheLastRecord_FromAnyOffset(SourceScope<T> scope)
    {
        if (scope.Subject.Create() is not IRawRecordSource<T> source)
        {
            return;
        }

        IRawTopicReader topics = source.CreateTopicReader(scope.Context());
        await using (topics.ConfigureAwait(false))
        {
            foreach ((string topic, int partition) in await PartitionsAsync(scope, source, topics).ConfigureAwait(false))
            {
                List<RawRecord> whole = await ReadAllAsync(scope, topics, topic, partition, int.MaxValue).ConfigureAwait(false);
                foreach (RawRecord record in whole)
                {
                    long last = await LastAsync(scope, topics, topic, partition, record.Offset).ConfigureAwait(false);
                    Check.Equal(whole[^1].Offset, last, $"the last record of {topic} [{partition}] from offset {record.Offset}");
                }

                long end = whole.Count == 0 ? 0 : whole[^1].Offset + 1;
                Check.Equal(
                    -1,
                    await LastAsync(scope, topics, topic, partition, end).ConfigureAwait(false),
                    $"the last record of {topic} [{partition}] from its end"
                );
            }
        }
    }

    private static async Task ShouldFindTheFirstRecord_WhenAPartitionIsNew(SourceScope<T> scope)
    {
        if (scope.Subject.Create() is not IRawRecordSource<T> source)
        {
            return;
        }

        IRawTopicReader topics = source.CreateTopicReader(scope.Context());
        await using (topics.ConfigureAwait(false))
        {
            foreach (bool isInitial in (bool[])[true, false])
            {
                int found = 0;
                foreach ((string topic, int partition) in await PartitionsAsync(scope, source, topics).ConfigureAwait(false))
                {
                    List<RawRecord> whole = await ReadAllAsync(scope, topics, topic, partition, int.MaxValue, isInitial)
                        .ConfigureAwait(false);
                    found += whole.Count;
                }

                Check.That(
                    found >= scope.Subject.Records.Count,
                    $"the starts of the partitions ({(isInitial ? "at the job's start" : "found later")}) to skip none of "
                        + $"{scope.Subject.Records.Count} records, {found} lie behind them"
                );
            }
        }
    }

    private static async Task ShouldAppend_WhenRecordsAreInTheBatch(SourceScope<T> scope)
    {
        if (scope.Subject.Create() is not IRawRecordSource<T> source)
        {
            return;
        }

        IRawTopicReader topics = source.CreateTopicReader(scope.Context());
        await using (topics.ConfigureAwait(false))
        {
            IRawRecordReader<T> records = source.CreateRawReader(scope.Context());
            await using (records.ConfigureAwait(false))
            {
                RecordBatch<T> batch = new(scope.Subject.Records.Count + 1);
                RecordBatch<T> single = new(1);
                List<T> expected = [];
                foreach ((string topic, int partition) in await PartitionsAsync(scope, source, topics).ConfigureAwait(false))
                {
                    foreach (RawRecord raw in await ReadAllAsync(scope, topics, topic, partition, int.MaxValue).ConfigureAwait(false))
                    {
                        single.Clear();
                        records.Read(raw, single);
                        records.Read(raw, batch);
                        expected.AddRange(single.Values);
                        Check.That(
                            batch.Values.SequenceEqual(expected.ToArray()),
                            $"record {topic} [{partition}] @ {raw.Offset} to be appended to the "
                                + $"{expected.Count - single.Count} in the batch"
                        );
                    }
                }
            }
        }
    }

    private static async Task ShouldAcceptItsPositions_WhenTheyAreValidated(SourceScope<T> scope)
    {
        if (scope.Subject.Create() is not IRawRecordSource<T> source)
        {
            return;
        }

        IReadOnlyList<SourceSplit> splits = await scope.DiscoverAsync(source).ConfigureAwait(false);
        IRawTopicReader topics = source.CreateTopicReader(scope.Context());
        await using (topics.ConfigureAwait(false))
        {
            IReadOnlyList<RawPosition> known = await Check
                .InTimeAsync(topics.ValidateAsync(splits, scope.CancellationToken), scope.Patience, "a validation")
                .ConfigureAwait(false);
            Check.That(known.Count == 0 || known.Count == splits.Count, "a position for each split, or none at all");
            for (int i = 0; i < known.Count; i++)
            {
                RawPosition given = source.PositionOf(splits[i]);
                Check.Equal(
                    (given.Topic, given.Partition, given.Offset),
                    (known[i].Topic, known[i].Partition, known[i].Offset),
                    $"the position of split '{splits[i].Id}' of a topic that is as it was"
                );
            }
        }
    }

    private static async Task ShouldObserveCancellation_WhenItLooksIntoTopics(SourceScope<T> scope)
    {
        if (scope.Subject.Create() is not IRawRecordSource<T> source)
        {
            return;
        }

        IRawTopicReader topics = source.CreateTopicReader(scope.Context());
        await using (topics.ConfigureAwait(false))
        {
            string topic = source.Topics[0].Name;
            await CancelAsync(token => topics.CountPartitionsAsync(topic, token), "counting partitions").ConfigureAwait(false);
            await CancelAsync(token => topics.FindStartAsync(topic, 0, isInitial: true, token), "finding a start").ConfigureAwait(false);
            await CancelAsync(token => topics.FindLastRecordAsync(topic, 0, 0, token), "finding the last record").ConfigureAwait(false);
            await CancelAsync(token => topics.ReadAsync(topic, 0, 0, 0, 1, token), "reading a range").ConfigureAwait(false);
        }

        Task CancelAsync(Func<CancellationToken, Task> call, string what) => Check.ObservesCancellationAsync(call, scope.Patience, what);
    }

    private static async Task<List<(string Topic, int Partition)>> PartitionsAsync(
        SourceScope<T> scope,
        IRawRecordSource<T> source,
        IRawTopicReader topics
    )
    {
        List<(string Topic, int Partition)> all = [];
        foreach (Topic topic in source.Topics)
        {
            int count = await Check
                .InTimeAsync(topics.CountPartitionsAsync(topic.Name, scope.CancellationToken), scope.Patience, "counting partitions")
                .ConfigureAwait(false);
            all.AddRange(Enumerable.Range(0, count).Select(partition => (topic.Name, partition)));
        }

        return all;
    }

    private static async Task<List<RawRecord>> ReadAllAsync(
        SourceScope<T> scope,
        IRawTopicReader topics,
        string topic,
        int partition,
        int maxRecords,
        bool isInitial = false
    )
    {
        long next = await Check
            .InTimeAsync(topics.FindStartAsync(topic, partition, isInitial, scope.CancellationToken), scope.Patience, "finding a start")
            .ConfigureAwait(false);
        Check.That(next >= 0, $"the start of {topic} [{partition}] to be an offset, it is {next}");
        long last = await LastAsync(scope, topics, topic, partition, next).ConfigureAwait(false);
        List<RawRecord> records = [];
        while (next <= last)
        {
            RawRecordRange range = await ReadAsync(scope, topics, topic, partition, next, last, maxRecords).ConfigureAwait(false);
            Check.That(range.CoveredTo >= next, $"reading {topic} [{partition}] from {next} to {last} to come on, it stays");
            records.AddRange(range.Records);
            next = range.CoveredTo + 1;
        }

        return records;
    }

    private static async Task<RawRecordRange> ReadAsync(
        SourceScope<T> scope,
        IRawTopicReader topics,
        string topic,
        int partition,
        long from,
        long to,
        int maxRecords
    )
    {
        RawRecordRange range = await Check
            .InTimeAsync(
                topics.ReadAsync(topic, partition, from, to, maxRecords, scope.CancellationToken),
                scope.Patience,
                "reading a range"
            )
            .ConfigureAwait(false);
        string where = $"[{from}, {to}] of {topic} [{partition}]";
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

    private static Task<long> LastAsync(SourceScope<T> scope, IRawTopicReader topics, string topic, int partition, long from) =>
        Check.InTimeAsync(
            topics.FindLastRecordAsync(topic, partition, from, scope.CancellationToken),
            scope.Patience,
            "finding the last record"
        );
}
