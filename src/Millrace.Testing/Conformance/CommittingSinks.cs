namespace Millrace.Testing.Conformance;

/// <summary>Checks of sinks that commit by checkpoints.</summary>
internal static class CommittingSinks<T>
{
    public static IReadOnlyList<Func<SinkScope<T>, Task>> Checks { get; } =
    [
        ShouldSaySo_WhenItCommitsByCheckpoints,
        ShouldShowNothing_BeforeItIsCommitted,
        ShouldCommitOnce_WhenACommitIsRepeated,
        ShouldCommitWhatTheCheckpointHolds_WhenRecovering,
        ShouldRollBackWhatIsOpen_WhenRecovering,
        ShouldCommitForTasksThatAreNoMore_WhenRecoveringWithFewer,
        ShouldCommitInTheOrderOfCheckpoints_WhenSeveralAreComplete,
    ];

    private static async Task ShouldSaySo_WhenItCommitsByCheckpoints(SinkScope<T> scope)
    {
        SinkRun<T> run = await scope.OpenAsync().ConfigureAwait(false);
        await using (run.ConfigureAwait(false))
        {
            Check.Equal(run.Commits, scope.Subject.Create().CommitsByCheckpoints, "CommitsByCheckpoints of a sink, beside its writer,");
        }
    }

    private static async Task ShouldShowNothing_BeforeItIsCommitted(SinkScope<T> scope)
    {
        SinkRun<T> run = await scope.OpenAsync().ConfigureAwait(false);
        await using (run.ConfigureAwait(false))
        {
            if (!run.Commits)
            {
                return;
            }

            await run.WriteAsync(0, 10).ConfigureAwait(false);
            await run.FlushAsync().ConfigureAwait(false);
            await scope.ExpectAsync([], isOnce: true, "when they are only written and flushed").ConfigureAwait(false);
            ReadOnlyMemory<byte> committable = await run.PrepareAsync(endOfInput: true).ConfigureAwait(false);
            Check.That(!committable.IsEmpty, "something to commit when records were written");
            await scope.ExpectAsync([], isOnce: true, "when the commit is only prepared").ConfigureAwait(false);
            await run.CommitAsync(committable).ConfigureAwait(false);
            await scope.ExpectAsync(scope.RecordsOf(0, 10), isOnce: true, "when they are committed").ConfigureAwait(false);
        }
    }

    private static async Task ShouldCommitOnce_WhenACommitIsRepeated(SinkScope<T> scope)
    {
        SinkRun<T> run = await scope.OpenAsync().ConfigureAwait(false);
        await using (run.ConfigureAwait(false))
        {
            if (!run.Commits)
            {
                return;
            }

            await run.WriteAsync(0, 10).ConfigureAwait(false);
            ReadOnlyMemory<byte> committable = await run.CheckpointAsync(endOfInput: true).ConfigureAwait(false);
            await run.CommitAsync(committable).ConfigureAwait(false);
            await run.CommitAsync(committable).ConfigureAwait(false);
            await scope.ExpectAsync(scope.RecordsOf(0, 10), isOnce: true, "when a commit is repeated").ConfigureAwait(false);

            SinkRun<T> again = await scope.OpenAsync(committables: [committable]).ConfigureAwait(false);
            await using (again.ConfigureAwait(false))
            {
                await scope.ExpectAsync(scope.RecordsOf(0, 10), isOnce: true, "when another run commits them again").ConfigureAwait(false);
            }
        }
    }

    private static async Task ShouldCommitWhatTheCheckpointHolds_WhenRecovering(SinkScope<T> scope)
    {
        ReadOnlyMemory<byte> committable;
        SinkRun<T> failed = await scope.OpenAsync().ConfigureAwait(false);
        await using (failed.ConfigureAwait(false))
        {
            if (!failed.Commits)
            {
                return;
            }

            await failed.WriteAsync(0, 7).ConfigureAwait(false);
            committable = await failed.PrepareAsync().ConfigureAwait(false);
        }

        SinkRun<T> again = await scope.OpenAsync(committables: [committable]).ConfigureAwait(false);
        await using (again.ConfigureAwait(false))
        {
            await scope.ExpectAsync(scope.RecordsOf(0, 7), isOnce: true, "when a recovery has committed them").ConfigureAwait(false);
            await again.WriteAsync(7, 3).ConfigureAwait(false);
            _ = await again.CheckpointAsync(endOfInput: true).ConfigureAwait(false);
        }

        await scope.ExpectAsync(scope.RecordsOf(0, 10), isOnce: true, "when a recovered run goes on").ConfigureAwait(false);
    }

    private static async Task ShouldRollBackWhatIsOpen_WhenRecovering(SinkScope<T> scope)
    {
        SinkRun<T> failed = await scope.OpenAsync().ConfigureAwait(false);
        await using (failed.ConfigureAwait(false))
        {
            if (!failed.Commits)
            {
                return;
            }

            // Of a checkpoint that was never complete, and of none.
            await failed.WriteAsync(0, 5).ConfigureAwait(false);
            _ = await failed.PrepareAsync().ConfigureAwait(false);
            await failed.WriteAsync(5, 5).ConfigureAwait(false);
            await failed.FlushAsync().ConfigureAwait(false);
        }

        SinkRun<T> again = await scope.OpenAsync().ConfigureAwait(false);
        await using (again.ConfigureAwait(false))
        {
            await again.WriteAsync(20, 4).ConfigureAwait(false);
            _ = await again.CheckpointAsync(endOfInput: true).ConfigureAwait(false);
        }

        await scope.ExpectAsync(scope.RecordsOf(20, 4), isOnce: true, "when a run begins anew").ConfigureAwait(false);
    }

    private static async Task ShouldCommitForTasksThatAreNoMore_WhenRecoveringWithFewer(SinkScope<T> scope)
    {
        // All tasks recover before any of them writes, as on a host.
        List<SinkRun<T>> runs = [];
        List<ReadOnlyMemory<byte>> committables = [];
        try
        {
            for (int task = 0; task < 3; task++)
            {
                runs.Add(await scope.OpenAsync(task, parallelism: 3).ConfigureAwait(false));
            }

            if (!runs[0].Commits)
            {
                return;
            }

            for (int task = 0; task < 3; task++)
            {
                await runs[task].WriteAsync(task * 10, 4).ConfigureAwait(false);
                committables.Add(await runs[task].PrepareAsync(endOfInput: true).ConfigureAwait(false));
            }
        }
        finally
        {
            foreach (SinkRun<T> run in runs)
            {
                await run.DisposeAsync().ConfigureAwait(false);
            }
        }

        SinkRun<T> only = await scope.OpenAsync(committables: [.. committables]).ConfigureAwait(false);
        await using (only.ConfigureAwait(false))
        {
            T[] expected = [.. scope.RecordsOf(0, 4), .. scope.RecordsOf(10, 4), .. scope.RecordsOf(20, 4)];
            await scope.ExpectAsync(expected, isOnce: true, "when one task recovers what three wrote").ConfigureAwait(false);
        }
    }

    private static async Task ShouldCommitInTheOrderOfCheckpoints_WhenSeveralAreComplete(SinkScope<T> scope)
    {
        SinkRun<T> run = await scope.OpenAsync().ConfigureAwait(false);
        await using (run.ConfigureAwait(false))
        {
            if (!run.Commits)
            {
                return;
            }

            List<ReadOnlyMemory<byte>> committables = [];
            for (int checkpoint = 0; checkpoint < 3; checkpoint++)
            {
                await run.WriteAsync(checkpoint * 5, 5).ConfigureAwait(false);
                committables.Add(await run.PrepareAsync(endOfInput: checkpoint == 2).ConfigureAwait(false));
            }

            foreach (ReadOnlyMemory<byte> committable in committables)
            {
                await run.CommitAsync(committable).ConfigureAwait(false);
            }

            await scope.ExpectAsync(scope.RecordsOf(0, 15), isOnce: true, "of three checkpoints").ConfigureAwait(false);
            await scope.ExpectOrderAsync(scope.RecordsOf(0, 15), "of three checkpoints").ConfigureAwait(false);
        }
    }
}
