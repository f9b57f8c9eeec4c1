using System.Buffers;
using System.Collections.Concurrent;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Runtime;
using Millrace.State;
using Millrace.Testing;
using Millrace.UserFunctions;
using Xunit;

namespace Millrace.Tests.Runtime;

/// <summary>Jobs whose checkpoints refer to parts of earlier ones, with failures in between.</summary>
public sealed class IncrementalCheckpointTests
{
    private const string Job = "incremental";
    private const long Records = 120_000;
    private const int Keys = 3_000;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly InMemoryObjectStore _store = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task ShouldCountRightAndLeaveNothingBehind_WhenTasksFailAgainAndAgain(int parallelism)
    {
        TestSink<long> sink = new(transactional: true);
        JobClient? client = null;
        long failures = 0;
        long checkpoints = 0;
        await using (
            JobClient running = Start(
                sink,
                parallelism,
                record =>
                {
                    // Each time some checkpoints were complete, so that the next restore finds parts of several.
                    long last = Volatile.Read(ref client)?.GetMetrics().LastCheckpointId ?? 0;
                    if (last > Volatile.Read(ref checkpoints) + 6 && Interlocked.Read(ref failures) < 4)
                    {
                        Volatile.Write(ref checkpoints, last);
                        Interlocked.Increment(ref failures);
                        throw new InvalidOperationException("planned");
                    }
                }
            )
        )
        {
            Volatile.Write(ref client, running);
            await running.Completion.WaitAsync(Deadline);
        }

        Assert.InRange(failures, 1, 4);
        Assert.Equal(Expected(), sink.Values.Order());
        Assert.Empty(await NamesAsync("checkpoints/"));
    }

    [Fact]
    public async Task ShouldKeepWhatManifestsName_AndNothingElse()
    {
        await using JobClient client = Start(new TestSink<long>(transactional: true), 1, static _ => { }, long.MaxValue);
        using CancellationTokenSource deadline = new(Deadline);
        while (client.GetMetrics().LastCheckpointId < 40)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, deadline.Token);
        }

        await client.CancelAsync();
        IReadOnlyList<CompletedCheckpoint> completed = await CheckpointCatalog.ListAsync(_store, Job, deadline.Token);
        HashSet<string> named = new(StringComparer.Ordinal);
        bool hasReferences = false;
        foreach (CompletedCheckpoint checkpoint in completed)
        {
            RestoredCheckpoint loaded = await CheckpointLoader.LoadAsync(_store, checkpoint.Folder, deadline.Token);
            named.UnionWith(loaded.Manifest.PartNames(checkpoint.Folder));
            named.Add($"{checkpoint.Folder}/{CheckpointLocation.ManifestFile}");
            hasReferences |= loaded.Manifest.FormatVersion == CheckpointManifest.CurrentVersion;
        }

        Assert.True(hasReferences);
        Assert.Equal(named.Order(StringComparer.Ordinal), await CompleteNamesAsync(completed[0]));
    }

    [Fact]
    public async Task ShouldTakeASavepointThatStandsAlone_AndGoOnFromIt()
    {
        TestSink<long> sink = new(transactional: true);
        string savepoint;
        await using (JobClient client = Start(sink, 2, static _ => { }, rate: 20_000))
        {
            using CancellationTokenSource deadline = new(Deadline);
            while (client.GetMetrics().LastCheckpointId < 10)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, deadline.Token);
            }

            savepoint = await client.StopWithSavepointAsync(cancellationToken: deadline.Token);
        }

        // Everything else of the job is deleted.
        foreach (string name in (await NamesAsync("")).Where(name => !name.StartsWith(savepoint, StringComparison.Ordinal)))
        {
            await _store.DeleteAsync(name, CancellationToken.None);
        }

        await using JobClient second = Start(sink, 1, static _ => { }, restoreFrom: savepoint);
        await second.Completion.WaitAsync(Deadline);

        Assert.Equal(Expected(), sink.Values.Order());
        Assert.Equal(1, (await CheckpointLoader.LoadAsync(_store, savepoint, CancellationToken.None)).Manifest.FormatVersion);
    }

    private static IEnumerable<long> Expected() =>
        Enumerable.Range(0, (int)Records).Select(n => ((n % Keys) * 1_000_000L) + (n / Keys) + 1).Order();

    // Of the checkpoint under way when the job was cancelled parts may be there.
    private async Task<IEnumerable<string>> CompleteNamesAsync(CompletedCheckpoint newest) =>
        (await NamesAsync("checkpoints/")).Where(name => CheckpointLocation.NumbersIn(name).CheckpointId <= newest.CheckpointId);

    private async Task<List<string>> NamesAsync(string below)
    {
        List<string> names = [];
        await foreach (string name in _store.ListAsync($"{CheckpointCatalog.FolderOf(Job)}/{below}", CancellationToken.None))
        {
            names.Add(name);
        }

        return names;
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(1, true)]
    [InlineData(3, true)]
    public async Task ShouldGoOnWithTheParts_WhenStartedAgain(int parallelism, bool isRescaled)
    {
        using CancellationTokenSource deadline = new(Deadline);
        await using (JobClient first = Start(new TestSink<long>(transactional: true), 2, static _ => { }, long.MaxValue))
        {
            while (first.GetMetrics().RecordsIn < 3 * Keys || first.GetMetrics().LastCheckpointId < 3)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, deadline.Token);
            }
        }

        CompletedCheckpoint before = (await CheckpointCatalog.ListAsync(_store, Job, deadline.Token))[0];
        await using JobClient second = Start(
            new TestSink<long>(transactional: true),
            parallelism,
            static _ => { },
            long.MaxValue,
            rate: 1_000,
            retained: 1_000
        );
        while (second.GetMetrics().LastCheckpointId <= before.CheckpointId)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, deadline.Token);
        }

        await second.CancelAsync();
        CompletedCheckpoint next = (await CheckpointCatalog.ListAsync(_store, Job, deadline.Token)).Last(completed =>
            completed.CheckpointId > before.CheckpointId
        );
        RestoredCheckpoint loaded = await CheckpointLoader.LoadAsync(_store, next.Folder, deadline.Token);
        long own = loaded.Manifest.Stages.Sum(stage => stage.Parts.Where(part => part.Folder is null).Sum(part => part.Size));
        if (isRescaled)
        {
            Assert.Equal(loaded.Manifest.Size(), own);
        }
        else
        {
            Assert.InRange(own, 1, loaded.Manifest.Size() / 3);
        }
    }

    [Fact]
    public async Task ShouldLetGoOfTheParts_WhenAllTasksHaveWhatIsTheirs()
    {
        using CancellationTokenSource deadline = new(Deadline);
        await using (JobClient first = Start(new TestSink<long>(transactional: true), 2, static _ => { }, long.MaxValue))
        {
            while (first.GetMetrics().LastCheckpointId < 3)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, deadline.Token);
            }
        }

        CopyingStore store = new(_store);
        await using JobClient second = Start(new TestSink<long>(transactional: true), 2, static _ => { }, long.MaxValue, store: store);
        while (second.GetMetrics().RecordsIn == 0 || store.Parts.Any(static part => part.IsAlive))
        {
            GC.Collect();
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, deadline.Token);
        }

        Assert.NotEmpty(store.Parts);
    }

    [Fact]
    public async Task ShouldTellHowFarARestoreIs_WhenPartsAreStillRead()
    {
        using CancellationTokenSource deadline = new(Deadline);
        await using (JobClient first = Start(new TestSink<long>(transactional: true), 2, static _ => { }, long.MaxValue))
        {
            while (first.GetMetrics().LastCheckpointId < 3)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, deadline.Token);
            }
        }

        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        SlowStore slow = new(_store, release.Task, isSlowToRead: true);
        await using JobClient second = Start(new TestSink<long>(transactional: true), 2, static _ => { }, long.MaxValue, store: slow);
        await slow.Reached.WaitAsync(deadline.Token);

        Assert.Matches(
            "waits for the restore of checkpoint [0-9]+ since .*: 0.0 of [0-9.]+ MB read, no tasks yet",
            Assert.Single(second.GetMetrics().Waiting).ToString()
        );

        release.SetResult();
        while (second.GetMetrics().RecordsIn == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, deadline.Token);
        }

        Assert.Empty(second.GetMetrics().Waiting);
    }

    private JobClient Start(
        TestSink<long> sink,
        int parallelism,
        Action<long> onRecord,
        long records = Records,
        long? rate = null,
        string? restoreFrom = null,
        IObjectStore? store = null,
        int retained = 3
    )
    {
        StreamExecutionEnvironment env = new(
            new ExecutionOptions
            {
                BatchSize = 64,
                CheckpointInterval = TimeSpan.FromMilliseconds(2),
                RestoreFrom = restoreFrom,
                RetainedCheckpoints = retained,
                RestartStrategy = RestartStrategy.FixedDelay(10, TimeSpan.Zero),
            }
        )
        {
            CheckpointStore = store ?? _store,
        };
        env.FromSource(new GeneratorSource<long>(records, static n => n) { RecordsPerSecond = rate ?? 60_000 }, name: "numbers")
            .WithUid("numbers")
            .Map(n =>
            {
                onRecord(n);
                return n;
            })
            .WithUid("fail")
            .KeyBy(static n => n % Keys)
            .Process(new Counting())
            .WithUid("count")
            .SetParallelism(parallelism)
            .SinkTo(sink)
            .WithUid("results");
        return env.ExecuteDetached(Job);
    }

    /// <summary>Counts in a value, a list that is emptied now and then, and a timer that is set anew with each record.</summary>
    private sealed class Counting : KeyedProcessFunction<long, long, long>
    {
        private IValueState<long> _count = null!;
        private IListState<long> _recent = null!;

        public override void ProcessElement(long value, IKeyedProcessContext<long> context, Collector<long> output)
        {
            _count.Update(_count.Value + 1);
            _recent.Add(value);
            if (_recent.Get().Count == 3)
            {
                _recent.Clear();
            }

            if (_recent.Get().Count != _count.Value % 3)
            {
                throw new InvalidOperationException($"{_recent.Get().Count} recent of {_count.Value}: the state is not of one moment.");
            }

            context.TimerService.DeleteEventTimeTimer(_count.Value - 1);
            context.TimerService.RegisterEventTimeTimer(_count.Value);
            output.Collect((context.CurrentKey * 1_000_000) + _count.Value);
        }

        // The last one of each key fires at the end; any other was deleted.
        public override void OnTimer(long timestamp, IOnTimerContext<long> context, Collector<long> output)
        {
            if (timestamp != _count.Value)
            {
                throw new InvalidOperationException($"A timer of {timestamp} fires, but {_count.Value} were counted.");
            }
        }

        protected override void Open()
        {
            _count = RuntimeContext.GetState(new ValueStateDescriptor<long>("count"));
            _recent = RuntimeContext.GetListState(new ListStateDescriptor<long>("recent"));
        }
    }

    /// <summary>Gives a copy of each part, and knows which copies are still there.</summary>
    private sealed class CopyingStore(IObjectStore inner) : IObjectStore
    {
        public ConcurrentBag<WeakReference> Parts { get; } = [];

        public Task<string> PutAsync(
            string name,
            ReadOnlySequence<byte> content,
            PutCondition condition,
            CancellationToken cancellationToken
        ) => inner.PutAsync(name, content, condition, cancellationToken);

        public async Task<StoredObject?> GetAsync(string name, CancellationToken cancellationToken)
        {
            StoredObject? stored = await inner.GetAsync(name, cancellationToken);
            if (stored is null || !name.Contains("/parts", StringComparison.Ordinal))
            {
                return stored;
            }

            byte[] copy = stored.Content.ToArray();
            Parts.Add(new WeakReference(copy));
            return stored with { Content = copy };
        }

        public IAsyncEnumerable<string> ListAsync(string prefix, CancellationToken cancellationToken) =>
            inner.ListAsync(prefix, cancellationToken);

        public Task DeleteAsync(string name, CancellationToken cancellationToken) => inner.DeleteAsync(name, cancellationToken);
    }
}
