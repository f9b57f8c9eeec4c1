using Millrace.Connectors;

namespace Millrace.Testing.Conformance;

/// <summary>Checks of a source with snapshots.</summary>
internal static class SourceRestoring<T>
{
    public static IReadOnlyList<Func<SourceScope<T>, Task>> Checks { get; } =
    [
        ShouldGoOnWhereItWas_WhenRestoredFromASnapshot,
        ShouldGoOnWhereItWas_WhenRestoredAgainAndAgain,
        ShouldKeepItsPlace_WhenASnapshotIsTakenAndReadingGoesOn,
        ShouldGiveTheSameSnapshot_WhenNothingWasRead,
    ];

    private static async Task ShouldGoOnWhereItWas_WhenRestoredFromASnapshot(SourceScope<T> scope)
    {
        int count = scope.Subject.Records.Count;
        foreach (int cut in (int[])[0, 1, 2, 3, count / 2, count - 1, count])
        {
            ISource<T> source = scope.Subject.Create();
            List<(string Split, T Value)> records = [];
            IReadOnlyList<SourceSplit> splits = await scope.DiscoverAsync(source).ConfigureAwait(false);
            splits = await ReadPartAsync(scope, source, splits, cut, records).ConfigureAwait(false);
            await ReadRestAsync(scope, splits, records).ConfigureAwait(false);
            scope.Expect(records, $"when cut by a snapshot after {cut} records");
        }
    }

    private static async Task ShouldGoOnWhereItWas_WhenRestoredAgainAndAgain(SourceScope<T> scope)
    {
        List<(string Split, T Value)> records = [];
        IReadOnlyList<SourceSplit> splits = await scope.DiscoverAsync(scope.Subject.Create()).ConfigureAwait(false);
        while (records.Count < scope.Subject.Records.Count && splits.Count > 0)
        {
            splits = await ReadPartAsync(scope, scope.Subject.Create(), splits, 1, records).ConfigureAwait(false);
        }

        await ReadRestAsync(scope, splits, records).ConfigureAwait(false);
        scope.Expect(records, "when restored after each read");
    }

    private static async Task ShouldKeepItsPlace_WhenASnapshotIsTakenAndReadingGoesOn(SourceScope<T> scope)
    {
        ISource<T> source = scope.Subject.Create();
        SourceRun<T> run = scope.Start(source, await scope.DiscoverAsync(source).ConfigureAwait(false));
        List<(string Split, T Value)> atSnapshot;
        IReadOnlyList<SourceSplit> splits;
        await using (run.ConfigureAwait(false))
        {
            await run.ReadAsync(2).ConfigureAwait(false);
            splits = Snapshot(run, 1);
            atSnapshot = [.. run.Records];
            await run.FinishAsync(source.Boundedness, scope.Subject.Records.Count).ConfigureAwait(false);
            run.Reader.NotifyCheckpointComplete(1);
            scope.Expect(run.Records, "when a snapshot is taken and reading goes on");
        }

        // What was read behind the snapshot comes again from it.
        await ReadRestAsync(scope, splits, atSnapshot).ConfigureAwait(false);
        scope.Expect(atSnapshot, "when restored from a snapshot that was read on from");
    }

    private static async Task ShouldGiveTheSameSnapshot_WhenNothingWasRead(SourceScope<T> scope)
    {
        ISource<T> source = scope.Subject.Create();
        IReadOnlyList<SourceSplit> splits = await scope.DiscoverAsync(source).ConfigureAwait(false);
        SourceRun<T> run = scope.Start(source, splits);
        await using (run.ConfigureAwait(false))
        {
            foreach (SourceSplit split in run.Reader.SnapshotSplits(1))
            {
                SourceSplit? known = splits.FirstOrDefault(each => string.Equals(each.Id, split.Id, StringComparison.Ordinal));
                Check.That(known is not null, $"a snapshot to have splits that were given, it has '{split.Id}'");
                Check.Equal(known!.AssignmentHint, split.AssignmentHint, $"the assignment hint of split '{split.Id}' in a snapshot");
            }

            Check.Equal(splits.Count, run.Reader.SnapshotSplits(2).Count, "the number of splits in a snapshot");
        }
    }

    private static async Task<IReadOnlyList<SourceSplit>> ReadPartAsync(
        SourceScope<T> scope,
        ISource<T> source,
        IReadOnlyList<SourceSplit> splits,
        int count,
        List<(string Split, T Value)> records
    )
    {
        SourceRun<T> run = scope.Start(source, splits);
        await using (run.ConfigureAwait(false))
        {
            await run.ReadAsync(count).ConfigureAwait(false);
            IReadOnlyList<SourceSplit> snapshot = Snapshot(run, 1);
            records.AddRange(run.Records);
            return snapshot;
        }
    }

    private static async Task ReadRestAsync(SourceScope<T> scope, IReadOnlyList<SourceSplit> splits, List<(string Split, T Value)> records)
    {
        ISource<T> source = scope.Subject.Create();
        SourceRun<T> run = scope.Start(source, splits);
        await using (run.ConfigureAwait(false))
        {
            await run.FinishAsync(source.Boundedness, scope.Subject.Records.Count - records.Count).ConfigureAwait(false);
            records.AddRange(run.Records);
        }
    }

    // As the host: what has been released is finished, whatever the reader says of it.
    private static SourceSplit[] Snapshot(SourceRun<T> run, long checkpointId) =>
        [.. run.Reader.SnapshotSplits(checkpointId).Where(split => !run.Released.Contains(split.Id, StringComparer.Ordinal))];
}
