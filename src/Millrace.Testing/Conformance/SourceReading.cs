using Millrace.Connectors;

namespace Millrace.Testing.Conformance;

/// <summary>Checks of a source without restores.</summary>
internal static class SourceReading<T>
{
    public static IReadOnlyList<Func<SourceScope<T>, Task>> Checks { get; } =
    [
        ShouldFindNothingWrong_WhenTheDeclarationIsRight,
        ShouldSayWhatIsWrong_WhenTheDeclarationIs,
        ShouldNameTheSameTopics_WhenDeclaredAgain,
        ShouldFindTheSameSplits_WhenAskedAgain,
        ShouldReadEachRecordOnceAndInOrder_WhenReadToTheEnd,
        ShouldReadEachRecordOnce_WhenTwoTasksShareTheSplits,
        ShouldReadNothing_WhenItHasNoSplit,
        ShouldReadNothingOfASplit_WhenItIsPaused,
        ShouldEnd_OnlyWhenNoMoreSplitsCome,
        ShouldReadWhatIsAddedLater_WhenUnbounded,
        ShouldStop_WhenDisposedWhileNothingComes,
        ShouldStop_WhenDisposedBeforeAnythingIsRead,
        ShouldStop_WhenTheRunEnds,
    ];

    private static Task ShouldFindNothingWrong_WhenTheDeclarationIsRight(SourceScope<T> scope)
    {
        List<string> errors = [];
        scope.Subject.Create().Validate(errors);
        Check.That(errors.Count == 0, $"no error, there is: {string.Join(' ', errors)}");
        return Task.CompletedTask;
    }

    private static Task ShouldSayWhatIsWrong_WhenTheDeclarationIs(SourceScope<T> scope)
    {
        if (scope.Subject.CreateInvalid() is { } invalid)
        {
            List<string> errors = [];
            invalid.Validate(errors);
            Check.That(errors.Count > 0 && errors.TrueForAll(error => error.Length > 0), "an error for what is wrong");
        }

        return Task.CompletedTask;
    }

    private static Task ShouldNameTheSameTopics_WhenDeclaredAgain(SourceScope<T> scope)
    {
        ISource<T> source = scope.Subject.Create();
        IReadOnlyList<Topic> topics = source.Topics;
        Check.That(topics.SequenceEqual(scope.Subject.Create().Topics), "equal topics in the same order from two equal declarations");
        Check.Equal(topics.Count, topics.Distinct().Count(), "the number of different topics");
        foreach (Topic topic in topics)
        {
            Check.That(!string.IsNullOrEmpty(topic.Connector) && !string.IsNullOrEmpty(topic.Name), "a topic to name connector and topic");
            Check.That(source.Reads(topic), $"the source to say that it reads its topic {topic}");
        }

        Check.That(!source.Reads(new Topic("conformance", Guid.NewGuid().ToString("n"))), "the source not to read a topic of another kind");
        return Task.CompletedTask;
    }

    private static async Task ShouldFindTheSameSplits_WhenAskedAgain(SourceScope<T> scope)
    {
        IReadOnlyList<SourceSplit> first = await scope.DiscoverAsync(scope.Subject.Create()).ConfigureAwait(false);
        Check.That(first.Count > 0, "at least one split");
        Check.Equal(
            first.Count,
            first.Select(split => split.Id).Distinct(StringComparer.Ordinal).Count(),
            "the number of different split ids"
        );
        Check.That(first.All(split => split.AssignmentHint >= 0), "assignment hints of at least 0");

        ISplitEnumerator enumerator = scope.Subject.Create().CreateEnumerator(scope.Context());
        await using (enumerator.ConfigureAwait(false))
        {
            foreach (bool isInitial in (bool[])[true, false, false])
            {
                IReadOnlyList<SourceSplit> again = await Check
                    .InTimeAsync(enumerator.DiscoverAsync(isInitial, scope.CancellationToken), scope.Patience, "the discovery of splits")
                    .ConfigureAwait(false);
                Check.Equal(Describe(first), Describe(again), "the splits when asked again");
            }
        }

        static string Describe(IReadOnlyList<SourceSplit> splits) =>
            string.Join(", ", splits.Select(split => $"{split.Id}/{split.AssignmentHint}").Order(StringComparer.Ordinal));
    }

    private static async Task ShouldReadEachRecordOnceAndInOrder_WhenReadToTheEnd(SourceScope<T> scope)
    {
        ISource<T> source = scope.Subject.Create();
        SourceRun<T> run = scope.Start(source, await scope.DiscoverAsync(source).ConfigureAwait(false));
        await using (run.ConfigureAwait(false))
        {
            await run.FinishAsync(source.Boundedness, scope.Subject.Records.Count).ConfigureAwait(false);
            scope.Expect(run.Records, "when read to the end");
        }
    }

    private static async Task ShouldReadEachRecordOnce_WhenTwoTasksShareTheSplits(SourceScope<T> scope)
    {
        ISource<T> source = scope.Subject.Create();
        IReadOnlyList<SourceSplit> splits = await scope.DiscoverAsync(source).ConfigureAwait(false);
        List<(string Split, T Value)> records = [];
        SourceRun<T> left = scope.Start(source, splits, task: 0, parallelism: 2);
        await using (left.ConfigureAwait(false))
        {
            SourceRun<T> right = scope.Start(source, splits, task: 1, parallelism: 2);
            await using (right.ConfigureAwait(false))
            {
                long start = TimeProvider.System.GetTimestamp();
                (bool leftEnded, bool rightEnded) = (false, false);
                while (left.Records.Count + right.Records.Count < scope.Subject.Records.Count)
                {
                    leftEnded = leftEnded || await left.ReadAsync().ConfigureAwait(false) == ReadStatus.EndOfInput;
                    rightEnded = rightEnded || await right.ReadAsync().ConfigureAwait(false) == ReadStatus.EndOfInput;
                    Check.That(
                        !(leftEnded && rightEnded && left.Records.Count + right.Records.Count < scope.Subject.Records.Count)
                            && TimeProvider.System.GetElapsedTime(start) < scope.Patience,
                        $"two tasks to read {scope.Subject.Records.Count} records within {scope.Patience}, they read "
                            + $"{left.Records.Count} and {right.Records.Count}"
                    );
                }

                records.AddRange(left.Records);
                records.AddRange(right.Records);
            }
        }

        scope.Expect(records, "when two tasks share the splits");
    }

    private static async Task ShouldReadNothing_WhenItHasNoSplit(SourceScope<T> scope)
    {
        ISource<T> source = scope.Subject.Create();
        SourceRun<T> run = new(source.CreateReader(scope.Context()), scope.Patience, scope.CancellationToken);
        await using (run.ConfigureAwait(false))
        {
            run.Reader.AddSplits([]);
            await run.StayQuietAsync("without a split").ConfigureAwait(false);
            Check.Equal(0, run.Reader.SnapshotSplits(1).Count, "the number of splits in a snapshot without a split");
        }
    }

    private static async Task ShouldReadNothingOfASplit_WhenItIsPaused(SourceScope<T> scope)
    {
        ISource<T> source = scope.Subject.Create();
        IReadOnlyList<SourceSplit> splits = await scope.DiscoverAsync(source).ConfigureAwait(false);
        SourceRun<T> run = scope.Start(source, splits);
        await using (run.ConfigureAwait(false))
        {
            run.Reader.SetPaused([.. splits.Select(split => split.Id)], paused: true);
            await run.StayQuietAsync("while all splits are paused").ConfigureAwait(false);

            string first = splits[0].Id;
            run.Reader.SetPaused([.. splits.Skip(1).Select(split => split.Id)], paused: false);
            if (splits.Count > 1)
            {
                await run.ReadAsync(1).ConfigureAwait(false);
                await run.ReadAsync().ConfigureAwait(false);
                Check.That(
                    !run.Records.Exists(record => string.Equals(record.Split, first, StringComparison.Ordinal)),
                    $"no record of split '{first}' while it alone is paused"
                );
            }

            run.Reader.SetPaused([first], paused: false);
            await run.FinishAsync(source.Boundedness, scope.Subject.Records.Count).ConfigureAwait(false);
            scope.Expect(run.Records, "when splits were paused and resumed");
        }
    }

    private static async Task ShouldEnd_OnlyWhenNoMoreSplitsCome(SourceScope<T> scope)
    {
        ISource<T> source = scope.Subject.Create();
        if (source.Boundedness != Boundedness.Bounded)
        {
            return;
        }

        IReadOnlyList<SourceSplit> splits = await scope.DiscoverAsync(source).ConfigureAwait(false);
        SourceRun<T> run = new(source.CreateReader(scope.Context()), scope.Patience, scope.CancellationToken);
        await using (run.ConfigureAwait(false))
        {
            run.Reader.AddSplits(splits);
            await run.ReadAsync(scope.Subject.Records.Count).ConfigureAwait(false);
            await run.StayQuietAsync("while another split may come").ConfigureAwait(false);
            run.Reader.NotifyNoMoreSplits();
            await run.FinishAsync(Boundedness.Bounded, 0).ConfigureAwait(false);
            scope.Expect(run.Records, "when the end is told late");
            Check.Equal(splits.Count, run.Released.Count, "the number of splits released at the end of a bounded source");
        }
    }

    private static async Task ShouldReadWhatIsAddedLater_WhenUnbounded(SourceScope<T> scope)
    {
        ISource<T> source = scope.Subject.Create();
        if (source.Boundedness != Boundedness.ContinuousUnbounded)
        {
            return;
        }

        SourceRun<T> run = scope.Start(source, await scope.DiscoverAsync(source).ConfigureAwait(false));
        await using (run.ConfigureAwait(false))
        {
            await run.FinishAsync(source.Boundedness, scope.Subject.Records.Count).ConfigureAwait(false);
            for (int i = 0; i < 3 && await scope.Subject.AppendAsync(scope.CancellationToken).ConfigureAwait(false); i++)
            {
                await run.ReadAsync(scope.Subject.Records.Count).ConfigureAwait(false);
            }

            scope.Expect(run.Records, "when records are added later");
        }
    }

    private static async Task ShouldStop_WhenDisposedWhileNothingComes(SourceScope<T> scope)
    {
        ISource<T> source = scope.Subject.Create();
        IReadOnlyList<SourceSplit> splits = await scope.DiscoverAsync(source).ConfigureAwait(false);
        SourceRun<T> run = new(source.CreateReader(scope.Context()), scope.Patience, scope.CancellationToken);
        await using (run.ConfigureAwait(false))
        {
            // Without the word that no more splits come, a bounded source waits as well.
            run.Reader.AddSplits(splits);
            await run.ReadAsync(scope.Subject.Records.Count).ConfigureAwait(false);
            _ = await run.ReadAsync(TimeSpan.FromMilliseconds(200)).ConfigureAwait(false);
        }
    }

    private static async Task ShouldStop_WhenDisposedBeforeAnythingIsRead(SourceScope<T> scope)
    {
        ISource<T> source = scope.Subject.Create();
        await scope.Start(source, await scope.DiscoverAsync(source).ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        ISplitEnumerator unused = source.CreateEnumerator(scope.Context());
        await Check.InTimeAsync(unused.DisposeAsync().AsTask(), scope.Patience, "the enumerator's disposal").ConfigureAwait(false);
    }

    private static async Task ShouldStop_WhenTheRunEnds(SourceScope<T> scope)
    {
        ISource<T> source = scope.Subject.Create();
        IReadOnlyList<SourceSplit> splits = await scope.DiscoverAsync(source).ConfigureAwait(false);
        using CancellationTokenSource ending = new();
        SourceRun<T> run = new(source.CreateReader(scope.Context(ending: ending.Token)), scope.Patience, scope.CancellationToken);
        await using (run.ConfigureAwait(false))
        {
            run.Reader.AddSplits(splits);
            await run.ReadAsync(1).ConfigureAwait(false);
            await ending.CancelAsync().ConfigureAwait(false);
            try
            {
                _ = await run.ReadAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // So it may say.
            }
        }
    }
}
