using Millrace.Connectors;

namespace Millrace.Testing.Conformance;

/// <summary>Checks of any sink's writers.</summary>
internal static class SinkWriting<T>
{
    public static IReadOnlyList<Func<SinkScope<T>, Task>> Checks { get; } =
    [
        ShouldFindNothingWrong_WhenTheDeclarationIsRight,
        ShouldSayWhatIsWrong_WhenTheDeclarationIs,
        ShouldNameTheSameTopics_WhenDeclaredAgain,
        ShouldShowEachRecord_WhenACheckpointIsComplete,
        ShouldShowEachRecord_WhenTheInputHasEnded,
        ShouldKeepTheOrder_OfOneTask,
        ShouldLoseNothing_WhenARunThatFailedIsRepeated,
        ShouldShowTheRecordsOfAllTasks_WhenThereAreSeveral,
        ShouldDoNothing_WhenThereIsNothingToWrite,
        ShouldStop_WhenDisposedWithoutAFlush,
    ];

    private static Task ShouldFindNothingWrong_WhenTheDeclarationIsRight(SinkScope<T> scope)
    {
        List<string> errors = [];
        ISink<T> sink = scope.Subject.Create();
        sink.Validate(errors);
        sink.ValidateCheckpoints(TimeSpan.FromSeconds(1), errors);
        Check.That(errors.Count == 0, $"no error, there is: {string.Join(' ', errors)}");
        return Task.CompletedTask;
    }

    private static Task ShouldSayWhatIsWrong_WhenTheDeclarationIs(SinkScope<T> scope)
    {
        if (scope.Subject.CreateInvalid() is { } invalid)
        {
            List<string> errors = [];
            invalid.Validate(errors);
            Check.That(errors.Count > 0 && errors.TrueForAll(error => error.Length > 0), "an error for what is wrong");
        }

        return Task.CompletedTask;
    }

    private static Task ShouldNameTheSameTopics_WhenDeclaredAgain(SinkScope<T> scope)
    {
        IReadOnlyList<Topic> topics = scope.Subject.Create().Topics;
        Check.That(topics.SequenceEqual(scope.Subject.Create().Topics), "equal topics in the same order from two equal declarations");
        Check.That(
            topics.All(topic => !string.IsNullOrEmpty(topic.Connector) && !string.IsNullOrEmpty(topic.Name)),
            "a topic to name connector and topic"
        );
        return Task.CompletedTask;
    }

    private static async Task ShouldShowEachRecord_WhenACheckpointIsComplete(SinkScope<T> scope)
    {
        SinkRun<T> run = await scope.OpenAsync().ConfigureAwait(false);
        await using (run.ConfigureAwait(false))
        {
            await run.WriteAsync(0, 10).ConfigureAwait(false);
            _ = await run.CheckpointAsync().ConfigureAwait(false);
            await ShownAsync(scope, run, 10, "after the first checkpoint").ConfigureAwait(false);
            await run.WriteAsync(10, 3).ConfigureAwait(false);
            _ = await run.CheckpointAsync().ConfigureAwait(false);
            await ShownAsync(scope, run, 13, "after the second checkpoint").ConfigureAwait(false);
        }
    }

    private static async Task ShouldShowEachRecord_WhenTheInputHasEnded(SinkScope<T> scope)
    {
        SinkRun<T> run = await scope.OpenAsync().ConfigureAwait(false);
        await using (run.ConfigureAwait(false))
        {
            await run.WriteAsync(0, 10).ConfigureAwait(false);
            _ = await run.CheckpointAsync(endOfInput: true).ConfigureAwait(false);
        }

        await scope.ExpectAsync(scope.RecordsOf(0, 10), isOnce: true, "when the input has ended").ConfigureAwait(false);
    }

    private static async Task ShouldKeepTheOrder_OfOneTask(SinkScope<T> scope)
    {
        SinkRun<T> run = await scope.OpenAsync().ConfigureAwait(false);
        await using (run.ConfigureAwait(false))
        {
            for (int part = 0; part < 5; part++)
            {
                await run.WriteAsync(part * 20, 20).ConfigureAwait(false);
                if (part % 2 == 0)
                {
                    _ = await run.CheckpointAsync().ConfigureAwait(false);
                }
            }

            _ = await run.CheckpointAsync(endOfInput: true).ConfigureAwait(false);
        }

        await scope.ExpectOrderAsync(scope.RecordsOf(0, 100), "when all is written").ConfigureAwait(false);
    }

    private static async Task ShouldLoseNothing_WhenARunThatFailedIsRepeated(SinkScope<T> scope)
    {
        if (!scope.Delivers)
        {
            return;
        }

        ReadOnlyMemory<byte> committable;
        SinkRun<T> failed = await scope.OpenAsync().ConfigureAwait(false);
        bool commits = failed.Commits;
        await using (failed.ConfigureAwait(false))
        {
            await failed.WriteAsync(0, 6).ConfigureAwait(false);
            committable = await failed.CheckpointAsync().ConfigureAwait(false);
            await failed.WriteAsync(6, 5).ConfigureAwait(false);
        }

        SinkRun<T> again = await scope.OpenAsync(committables: committable.IsEmpty ? [] : [committable]).ConfigureAwait(false);
        await using (again.ConfigureAwait(false))
        {
            await again.WriteAsync(6, 5).ConfigureAwait(false);
            await again.WriteAsync(11, 2).ConfigureAwait(false);
            _ = await again.CheckpointAsync(endOfInput: true).ConfigureAwait(false);
        }

        await scope.ExpectAsync(scope.RecordsOf(0, 13), isOnce: commits, "when a run that failed is repeated").ConfigureAwait(false);
    }

    private static async Task ShouldShowTheRecordsOfAllTasks_WhenThereAreSeveral(SinkScope<T> scope)
    {
        SinkRun<T> left = await scope.OpenAsync(task: 0, parallelism: 2).ConfigureAwait(false);
        await using (left.ConfigureAwait(false))
        {
            SinkRun<T> right = await scope.OpenAsync(task: 1, parallelism: 2).ConfigureAwait(false);
            await using (right.ConfigureAwait(false))
            {
                await left.WriteAsync(0, 10).ConfigureAwait(false);
                await right.WriteAsync(10, 10).ConfigureAwait(false);
                await left.WriteAsync(20, 5).ConfigureAwait(false);
                _ = await right.CheckpointAsync(endOfInput: true).ConfigureAwait(false);
                _ = await left.CheckpointAsync(endOfInput: true).ConfigureAwait(false);
            }
        }

        await scope.ExpectAsync(scope.RecordsOf(0, 25), isOnce: true, "of two tasks").ConfigureAwait(false);
        await scope
            .ExpectOrderAsync([.. scope.RecordsOf(0, 10), .. scope.RecordsOf(20, 5)], "in the first of two tasks")
            .ConfigureAwait(false);
        await scope.ExpectOrderAsync(scope.RecordsOf(10, 10), "in the second of two tasks").ConfigureAwait(false);
    }

    private static async Task ShouldDoNothing_WhenThereIsNothingToWrite(SinkScope<T> scope)
    {
        SinkRun<T> run = await scope.OpenAsync().ConfigureAwait(false);
        await using (run.ConfigureAwait(false))
        {
            await run.FlushAsync().ConfigureAwait(false);
            _ = await run.CheckpointAsync().ConfigureAwait(false);
            _ = await run.CheckpointAsync(endOfInput: true).ConfigureAwait(false);
        }

        await scope.ExpectAsync([], isOnce: true, "when nothing was written").ConfigureAwait(false);
    }

    private static async Task ShouldStop_WhenDisposedWithoutAFlush(SinkScope<T> scope)
    {
        SinkRun<T> run = await scope.OpenAsync().ConfigureAwait(false);
        await using (run.ConfigureAwait(false))
        {
            await run.WriteAsync(0, 10).ConfigureAwait(false);
        }

        SinkRun<T> unused = await scope.OpenAsync().ConfigureAwait(false);
        await unused.DisposeAsync().ConfigureAwait(false);
    }

    // Exactly-once sinks may show what is committed a checkpoint later, such as files that are still written to.
    private static async Task ShownAsync(SinkScope<T> scope, SinkRun<T> run, int count, string when)
    {
        if (!scope.Delivers)
        {
            return;
        }

        if (!run.Commits)
        {
            await scope.ExpectAsync(scope.RecordsOf(0, count), isOnce: true, when).ConfigureAwait(false);
            return;
        }

        HashSet<T> written = [.. scope.RecordsOf(0, count)];
        IReadOnlyList<T> found = await scope.ReadAsync().ConfigureAwait(false);
        Check.That(found.All(written.Remove), $"each record to be there once at most {when}");
    }
}
