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

    private static Task ShouldNameItsSplits_AsTheEnumeratorDoes(SourceScope<T> scope) =>
        RawLog<T>.UseAsync(
            scope,
            async log =>
            {
                IReadOnlyList<SourceSplit> splits = await scope.DiscoverAsync(log.Source).ConfigureAwait(false);
                IEnumerable<string> expected = (await log.PartitionsAsync().ConfigureAwait(false)).Select(partition =>
                    log.Source.SplitAt(new RawPosition(partition.Topic, partition.Index, 0)).Id
                );
                Check.Equal(
                    string.Join(", ", expected.Order(StringComparer.Ordinal)),
                    string.Join(", ", splits.Select(split => split.Id).Order(StringComparer.Ordinal)),
                    "the splits that the enumerator finds, beside those of the partitions,"
                );
                foreach (SourceSplit split in splits)
                {
                    RawPosition position = log.Source.PositionOf(split);
                    Check.That(
                        log.Source.Topics.Any(topic => string.Equals(topic.Name, position.Topic, StringComparison.Ordinal)),
                        $"split '{split.Id}' to be of one of the source's topics, it is of '{position.Topic}'"
                    );
                }
            }
        );

    private static Task ShouldGiveWhatTheReaderGives_WhenReadRaw(SourceScope<T> scope) =>
        RawLog<T>.ReadAsync(
            scope,
            async (log, records) =>
            {
                List<(string Split, T Value)> read = [];
                RecordBatch<T> batch = new(1);
                foreach (RawPartition partition in await log.PartitionsAsync().ConfigureAwait(false))
                {
                    string split = log.Source.SplitAt(new RawPosition(partition.Topic, partition.Index, 0)).Id;
                    foreach (RawRecord raw in await partition.ReadAllAsync().ConfigureAwait(false))
                    {
                        Check.Equal((partition.Topic, partition.Index), (raw.Topic, raw.Partition), "topic and partition of a raw record");
                        batch.Clear();
                        records.Read(raw, batch);
                        read.AddRange(batch.Values.ToArray().Select(value => (split, value)));
                    }
                }

                await Check.InTimeAsync(records.FlushAsync(scope.CancellationToken), scope.Patience, "a flush").ConfigureAwait(false);
                scope.Expect(read, "when read raw");
            }
        );

    private static Task ShouldSayHowFarARangeIsCovered_WhenItIsReadInParts(SourceScope<T> scope) =>
        RawLog<T>.UseAsync(
            scope,
            async log =>
            {
                foreach (RawPartition partition in await log.PartitionsAsync().ConfigureAwait(false))
                {
                    List<RawRecord> whole = await partition.ReadAllAsync().ConfigureAwait(false);
                    foreach (int part in (int[])[1, 2, 5])
                    {
                        List<RawRecord> parts = await partition.ReadAllAsync(part).ConfigureAwait(false);
                        Check.That(
                            whole.Select(record => record.Offset).SequenceEqual(parts.Select(record => record.Offset)),
                            $"the same records of {partition} when at most {part} are asked for at a time"
                        );
                    }

                    // Any range gives its records and no others.
                    for (int i = 0; i < whole.Count; i++)
                    {
                        long from = whole[i].Offset;
                        long to = whole[Math.Min(i + 1, whole.Count - 1)].Offset;
                        RawRecordRange range = await partition.ReadAsync(from, to).ConfigureAwait(false);
                        Check.Equal(from == to ? 1 : 2, range.Records.Count, $"the number of records of {partition} in [{from}, {to}]");
                        Check.Equal(to, range.CoveredTo, $"how far [{from}, {to}] of {partition} is covered");
                    }
                }
            }
        );

    private static Task ShouldReadNothing_WhenARangeLiesBehindTheEnd(SourceScope<T> scope) =>
        RawLog<T>.UseAsync(
            scope,
            async log =>
            {
                foreach (RawPartition partition in await log.PartitionsAsync().ConfigureAwait(false))
                {
                    List<RawRecord> whole = await partition.ReadAllAsync().ConfigureAwait(false);
                    if (whole.Count == 0)
                    {
                        continue;
                    }

                    // What is not there yet is not covered: it may come.
                    long end = whole[^1].Offset + 1;
                    RawRecordRange range = await partition.ReadAsync(end, end + 10).ConfigureAwait(false);
                    Check.Equal(0, range.Records.Count, $"the number of records behind the end of {partition}");
                    Check.That(range.CoveredTo < end, $"nothing behind the end of {partition} to be covered, it is to {range.CoveredTo}");

                    range = await partition.ReadAsync(whole[^1].Offset, end + 10).ConfigureAwait(false);
                    Check.Equal(end - 1, range.CoveredTo, $"how far a range over the end of {partition} is covered");
                }
            }
        );

    private static Task ShouldFindTheLastRecord_FromAnyOffset(SourceScope<T> scope) =>
        RawLog<T>.UseAsync(
            scope,
            async log =>
            {
                foreach (RawPartition partition in await log.PartitionsAsync().ConfigureAwait(false))
                {
                    List<RawRecord> whole = await partition.ReadAllAsync().ConfigureAwait(false);
                    foreach (RawRecord record in whole)
                    {
                        long last = await partition.FindLastAsync(record.Offset).ConfigureAwait(false);
                        Check.Equal(whole[^1].Offset, last, $"the last record of {partition} from offset {record.Offset}");
                    }

                    long end = whole.Count == 0 ? 0 : whole[^1].Offset + 1;
                    Check.Equal(
                        -1,
                        await partition.FindLastAsync(end).ConfigureAwait(false),
                        $"the last record of {partition} from its end"
                    );
                }
            }
        );

    private static Task ShouldFindTheFirstRecord_WhenAPartitionIsNew(SourceScope<T> scope) =>
        RawLog<T>.UseAsync(
            scope,
            async log =>
            {
                foreach (bool isInitial in (bool[])[true, false])
                {
                    int found = 0;
                    foreach (RawPartition partition in await log.PartitionsAsync().ConfigureAwait(false))
                    {
                        found += (await partition.ReadAllAsync(isInitial: isInitial).ConfigureAwait(false)).Count;
                    }

                    Check.That(
                        found >= scope.Subject.Records.Count,
                        $"the starts of the partitions ({(isInitial ? "at the job's start" : "found later")}) to skip none of "
                            + $"{scope.Subject.Records.Count} records, {found} lie behind them"
                    );
                }
            }
        );

    private static Task ShouldAppend_WhenRecordsAreInTheBatch(SourceScope<T> scope) =>
        RawLog<T>.ReadAsync(
            scope,
            async (log, records) =>
            {
                RecordBatch<T> batch = new(scope.Subject.Records.Count + 1);
                RecordBatch<T> single = new(1);
                List<T> expected = [];
                foreach (RawPartition partition in await log.PartitionsAsync().ConfigureAwait(false))
                {
                    foreach (RawRecord raw in await partition.ReadAllAsync().ConfigureAwait(false))
                    {
                        single.Clear();
                        records.Read(raw, single);
                        records.Read(raw, batch);
                        expected.AddRange(single.Values);
                        Check.That(
                            batch.Values.SequenceEqual(expected.ToArray()),
                            $"record {partition} @ {raw.Offset} to be appended to the {expected.Count - single.Count} in the batch"
                        );
                    }
                }
            }
        );

    private static Task ShouldAcceptItsPositions_WhenTheyAreValidated(SourceScope<T> scope) =>
        RawLog<T>.UseAsync(
            scope,
            async log =>
            {
                IReadOnlyList<SourceSplit> splits = await scope.DiscoverAsync(log.Source).ConfigureAwait(false);
                IReadOnlyList<RawPosition> known = await Check
                    .InTimeAsync(log.Topics.ValidateAsync(splits, scope.CancellationToken), scope.Patience, "a validation")
                    .ConfigureAwait(false);
                Check.That(known.Count == 0 || known.Count == splits.Count, "a position for each split, or none at all");
                for (int i = 0; i < known.Count; i++)
                {
                    RawPosition given = log.Source.PositionOf(splits[i]);
                    Check.Equal(
                        (given.Topic, given.Partition, given.Offset),
                        (known[i].Topic, known[i].Partition, known[i].Offset),
                        $"the position of split '{splits[i].Id}' of a topic that is as it was"
                    );
                }
            }
        );

    private static Task ShouldObserveCancellation_WhenItLooksIntoTopics(SourceScope<T> scope) =>
        RawLog<T>.UseAsync(
            scope,
            async log =>
            {
                string topic = log.Source.Topics[0].Name;
                await CancelAsync(token => log.Topics.CountPartitionsAsync(topic, token), "counting partitions").ConfigureAwait(false);
                await CancelAsync(token => log.Topics.FindStartAsync(topic, 0, isInitial: true, token), "finding a start")
                    .ConfigureAwait(false);
                await CancelAsync(token => log.Topics.FindLastRecordAsync(topic, 0, 0, token), "finding the last record")
                    .ConfigureAwait(false);
                await CancelAsync(token => log.Topics.ReadAsync(topic, 0, 0, 0, 1, token), "reading a range").ConfigureAwait(false);

                Task CancelAsync(Func<CancellationToken, Task> call, string what) =>
                    Check.ObservesCancellationAsync(call, scope.Patience, what);
            }
        );
}
