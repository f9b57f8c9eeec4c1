using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Runtime;
using Xunit;

namespace Millrace.Tests.Runtime;

public sealed class SplitRestoreTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task ShouldTreatSplitsAsNew_WhenTheCheckpointKnowsTheSourceWithoutAny()
    {
        InMemoryObjectStore store = new();
        GrowingSource empty = new(splits: 0);
        await using JobClient before = Start(empty, store, new DiscardingSink<string>());
        string savepoint = await SavepointAsync(before);

        GrowingSource grown = new(splits: 1);
        CollectSink<string> sink = new();
        await using JobClient after = Start(grown, store, sink, savepoint);
        await UntilAsync(() => sink.Records.Count > 0);

        Assert.Equal([true], empty.Initial);
        Assert.Equal([false], grown.Initial);
        Assert.Equal("from the earliest", sink.Records[0]);
    }

    [Fact]
    public async Task ShouldBeginWhereTheSourceSays_WhenTheCheckpointDoesNotKnowIt()
    {
        InMemoryObjectStore store = new();
        await using JobClient before = Start(new GrowingSource(splits: 0), store, new DiscardingSink<string>(), uid: "old");
        string savepoint = await SavepointAsync(before);

        GrowingSource added = new(splits: 1);
        CollectSink<string> sink = new();
        await using JobClient after = Start(added, store, sink, savepoint, uid: "new");
        await UntilAsync(() => sink.Records.Count > 0);

        Assert.Equal("from the initial position", sink.Records[0]);
    }

    private static async Task<string> SavepointAsync(JobClient client)
    {
        await UntilAsync(() => client.Status == JobStatus.Running);
        return await client.StopWithSavepointAsync().WaitAsync(Deadline);
    }

    private static JobClient Start(
        ISource<string> source,
        IObjectStore store,
        ISink<string> sink,
        string? savepoint = null,
        string uid = "growing"
    )
    {
        StreamExecutionEnvironment env = new(
            new ExecutionOptions
            {
                RestartStrategy = RestartStrategy.None,
                RestoreFrom = savepoint,
                AllowNonRestoredState = true,
            }
        )
        {
            CheckpointStore = store,
        };
        env.FromSource(source).WithUid(uid).SinkTo(sink);
        return env.ExecuteDetached("grows");
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource deadline = new(Deadline);
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, deadline.Token);
        }
    }

    /// <summary>Has a number of splits, each of which says where it began.</summary>
    private sealed class GrowingSource(int splits) : ISource<string>
    {
        private readonly List<bool> _initial = [];

        public IReadOnlyList<bool> Initial => _initial;

        public Boundedness Boundedness => Boundedness.ContinuousUnbounded;

        public IReadOnlyList<Topic> Topics => [];

        public void Validate(ICollection<string> errors)
        {
            // Nothing can be wrong with it.
        }

        public ISplitEnumerator CreateEnumerator(ConnectorContext context) => new Enumerator(this, splits);

        public ISourceReader<string> CreateReader(ConnectorContext context) => new Reader();

        private sealed class Enumerator(GrowingSource owner, int splits) : ISplitEnumerator
        {
            public TimeSpan? DiscoveryInterval => TimeSpan.FromHours(1);

            public Task<IReadOnlyList<SourceSplit>> DiscoverAsync(bool isInitial, CancellationToken cancellationToken)
            {
                owner._initial.Add(isInitial);
                return Task.FromResult<IReadOnlyList<SourceSplit>>([
                    .. Enumerable
                        .Range(0, splits)
                        .Select(i => new SourceSplit($"split-{i}", i, new byte[] { isInitial ? (byte)1 : (byte)0 })),
                ]);
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }

        private sealed class Reader : ISourceReader<string>
        {
            private readonly Queue<SourceSplit> _unread = [];
            private readonly List<SourceSplit> _all = [];

            public void AddSplits(IReadOnlyList<SourceSplit> splits)
            {
                foreach (SourceSplit split in splits)
                {
                    _all.Add(split);
                    _unread.Enqueue(split);
                }
            }

            public void NotifyNoMoreSplits()
            {
                // It never ends.
            }

            public ReadStatus Read(ISourceOutput<string> output, TimeSpan maxWait)
            {
                if (!_unread.TryDequeue(out SourceSplit? split))
                {
                    SpinWait.SpinUntil(() => false, maxWait);
                    return ReadStatus.NothingAvailable;
                }

                output.Batch.Add(split.Position.Span[0] == 1 ? "from the initial position" : "from the earliest", 0);
                output.Emit(split.Id);
                return ReadStatus.MoreAvailable;
            }

            public IReadOnlyList<SourceSplit> SnapshotSplits(long checkpointId) => [.. _all];

            public void NotifyCheckpointComplete(long checkpointId)
            {
                // Nothing to commit.
            }

            public void SetPaused(IReadOnlyCollection<string> splitIds, bool paused)
            {
                // No watermarks are aligned.
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
