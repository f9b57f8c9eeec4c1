using System.Buffers;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Runtime;
using Xunit;

namespace Millrace.Tests.Runtime;

/// <summary>User code that does not look at its token, and what it may hold up.</summary>
public sealed class TaskCancellationTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private readonly ManualResetEventSlim _stuck = new();
    private readonly ManualResetEventSlim _release = new();

    public void Dispose()
    {
        _release.Set();
        _stuck.Dispose();
    }

    [Fact]
    public async Task ShouldFailAndNameTheTask_WhenAFunctionIgnoresItsToken()
    {
        StreamExecutionEnvironment env = Impatient();
        env.FromGenerator(1, n => n).Map(Hang).WithName("Slow lookup").WithUid("lookup").SinkTo(new DiscardingSink<long>());
        await using JobClient client = env.ExecuteDetached("hangs");
        Assert.True(_stuck.Wait(Deadline));

        await client.CancelAsync().WaitAsync(Deadline);

        Assert.Equal(JobStatus.Failed, client.Status);
        JobExecutionException failure = await Assert.ThrowsAsync<JobExecutionException>(() => client.Completion);
        Assert.Contains("'Slow lookup' (lookup)", failure.Message, StringComparison.Ordinal);
        Assert.Contains("did not end within 0.2 s after being cancelled", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldNotRunBesideItself_WhenATaskHangsAfterAnotherFailed()
    {
        StreamExecutionEnvironment env = Impatient();
        env.Options.RestartStrategy = RestartStrategy.FixedDelay(1000, TimeSpan.Zero);
        DataStream<long> numbers = env.FromGenerator(1, n => n);
        numbers.Rebalance().Map(Hang).WithUid("hanging").SinkTo(new DiscardingSink<long>());
        numbers
            .Rebalance()
            .Map(n => _stuck.Wait(Deadline) ? throw new InvalidOperationException("planned") : n)
            .SinkTo(new DiscardingSink<long>());
        await using JobClient client = env.ExecuteDetached("fails-and-hangs");

        JobExecutionException failure = await Assert.ThrowsAsync<JobExecutionException>(() => client.Completion.WaitAsync(Deadline));

        Assert.Contains("(hanging)", failure.Message, StringComparison.Ordinal);
        Assert.Contains("planned", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, client.GetMetrics().Restarts);
    }

    [Fact]
    public async Task ShouldNameTheSource_WhenItsSearchForSplitsIgnoresItsToken()
    {
        TaskCompletionSource<bool> never = new();
        StreamExecutionEnvironment env = Impatient();
        env.FromSource(new StubbornSource(never.Task, _stuck), name: "Deaf").WithUid("deaf").SinkTo(new DiscardingSink<long>());
        await using JobClient client = env.ExecuteDetached("searches");
        Assert.True(_stuck.Wait(Deadline));

        await client.CancelAsync().WaitAsync(Deadline);

        JobExecutionException failure = await Assert.ThrowsAsync<JobExecutionException>(() => client.Completion);
        Assert.Contains("The search for splits of source 'Deaf' (deaf)", failure.Message, StringComparison.Ordinal);
        never.SetResult(true);
    }

    [Fact]
    public async Task ShouldReturnAtOnce_WhenTheCallerGivesUpTheWait()
    {
        StreamExecutionEnvironment env = Impatient();
        env.Options.TaskCancellationTimeout = TimeSpan.FromSeconds(20);
        env.FromGenerator(1, n => n).Map(Hang).SinkTo(new DiscardingSink<long>());
        await using JobClient client = env.ExecuteDetached("waits");
        Assert.True(_stuck.Wait(Deadline));
        using CancellationTokenSource impatience = new();
        Task cancelled = client.CancelAsync(impatience.Token);

        await impatience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(Deadline));
        _release.Set();
        await ((Task)client.Completion)
            .WaitAsync(Deadline)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        Assert.Equal(JobStatus.Cancelled, client.Status);
    }

    [Fact]
    public async Task ShouldFinish_WhenItsCheckpointsCannotBeDeleted()
    {
        CollectSink<int> sink = new();
        StreamExecutionEnvironment env = new(new ExecutionOptions { RestartStrategy = RestartStrategy.FixedDelay(1, TimeSpan.Zero) })
        {
            CheckpointStore = new UndeletableStore(new InMemoryObjectStore()),
        };
        env.FromElements(1, 2, 3).SinkTo(sink);

        JobExecutionResult result = await env.ExecuteAsync("stays").WaitAsync(Deadline);

        Assert.Equal(0, result.Restarts);
        Assert.Equal([1, 2, 3], sink.Records);
    }

    private static StreamExecutionEnvironment Impatient() =>
        new(new ExecutionOptions { TaskCancellationTimeout = TimeSpan.FromMilliseconds(200), BatchSize = 1 });

    private long Hang(long value)
    {
        _stuck.Set();
        _release.Wait(Deadline);
        return value;
    }

    /// <summary>Finds no splits until it is told to, whatever its token says.</summary>
    private sealed class StubbornSource(Task<bool> found, ManualResetEventSlim searching) : ISource<long>
    {
        private readonly GeneratorSource<long> _inner = new(1, n => n);

        public Boundedness Boundedness => Boundedness.Bounded;

        public IReadOnlyList<Topic> Topics => [];

        public void Validate(ICollection<string> errors) => _inner.Validate(errors);

        public ISplitEnumerator CreateEnumerator(ConnectorContext context) => new Enumerator(found, searching);

        public ISourceReader<long> CreateReader(ConnectorContext context) => _inner.CreateReader(context);

        private sealed class Enumerator(Task<bool> found, ManualResetEventSlim searching) : ISplitEnumerator
        {
            public TimeSpan? DiscoveryInterval => null;

            public async Task<IReadOnlyList<SourceSplit>> DiscoverAsync(bool isInitial, CancellationToken cancellationToken)
            {
                searching.Set();
                await found;
                return [];
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }

    /// <summary>Takes no pointer any more once it lists no checkpoint, which is how deleting them begins.</summary>
    private sealed class UndeletableStore(IObjectStore inner) : IObjectStore
    {
        private bool _hadCheckpoint;

        public Task<string> PutAsync(
            string name,
            ReadOnlySequence<byte> content,
            PutCondition condition,
            CancellationToken cancellationToken
        )
        {
            bool isPointer = name.EndsWith("/latest", StringComparison.Ordinal);
            bool lists =
                isPointer && System.Text.Encoding.UTF8.GetString(content.ToArray()).Contains("\"folder\"", StringComparison.Ordinal);
            if (isPointer && !lists && _hadCheckpoint)
            {
                throw new IOException("planned: the store is away");
            }

            _hadCheckpoint |= lists;
            return inner.PutAsync(name, content, condition, cancellationToken);
        }

        public Task<StoredObject?> GetAsync(string name, CancellationToken cancellationToken) => inner.GetAsync(name, cancellationToken);

        public IAsyncEnumerable<string> ListAsync(string prefix, CancellationToken cancellationToken) =>
            inner.ListAsync(prefix, cancellationToken);

        public Task DeleteAsync(string name, CancellationToken cancellationToken) => inner.DeleteAsync(name, cancellationToken);
    }
}
