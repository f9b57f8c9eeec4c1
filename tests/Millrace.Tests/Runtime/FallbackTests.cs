using System.Buffers;
using Microsoft.Extensions.Logging;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Runtime;
using Millrace.Testing;
using Millrace.Tests.Checkpoints;
using Xunit;

namespace Millrace.Tests.Runtime;

/// <summary>What a start does when the newest checkpoint is damaged, or what it is given does not fit.</summary>
public sealed class FallbackTests
{
    private const string Job = "falling";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly InMemoryObjectStore _store = new();

    [Fact]
    public async Task ShouldEndTheJob_WhenFallingBackWouldRepeatWhatASinkCommitted()
    {
        TestSink<long> sink = new(transactional: true);
        (CompletedCheckpoint newest, CompletedCheckpoint before) = await DamageNewestAsync(sink);

        string message = await FailureAsync(sink);

        Assert.Contains(
            $"Checkpoint {newest.CheckpointId} of job '{Job}' in '{newest.Folder}' cannot be restored",
            message,
            StringComparison.Ordinal
        );
        Assert.Contains("is damaged: its checksum is", message, StringComparison.Ordinal);
        Assert.Contains($"Checkpoint {before.CheckpointId} in '{before.Folder}'", message, StringComparison.Ordinal);
        Assert.Contains("a second time what sink 'results' has committed", message, StringComparison.Ordinal);
        Assert.Contains($"--restore {before.Folder} ", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldEndTheJob_WhenASinkOnlyShowsByItsStateThatItCommits()
    {
        BrittleSink<long> sink = new();
        await DamageNewestAsync(sink);

        Assert.Contains("what sink 'results' has committed", await FailureAsync(sink), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldRun_WhenTheOlderCheckpointIsGivenExplicitly()
    {
        TestSink<long> sink = new(transactional: true);
        (_, CompletedCheckpoint before) = await DamageNewestAsync(sink);
        await FailureAsync(sink);

        await using JobClient client = Start(sink, before.Folder);
        await UntilAsync(() => client.GetMetrics().LastCheckpointId > 0);
    }

    [Fact]
    public async Task ShouldFallBackWithAWarning_WhenNoSinkCommits()
    {
        CollectSink<long> sink = new();
        (CompletedCheckpoint newest, _) = await DamageNewestAsync(sink);
        ListLogger log = new();

        await using JobClient client = Start(sink, log: log);
        await UntilAsync(() => client.GetMetrics().LastCheckpointId > 0);
        await client.CancelAsync();

        Assert.Contains(
            log.Messages,
            message =>
                message.Contains(newest.Folder, StringComparison.Ordinal) && message.Contains("falling back", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task ShouldLeaveJobAndCheckpointsAlone_WhenWhatIsGivenDoesNotFit()
    {
        CollectSink<long> sink = new();
        await using (JobClient client = Start(sink))
        {
            await UntilAsync(() => client.GetMetrics().LastCheckpointId > 0);
            await client.CancelAsync();
        }

        await using JobClient running = Start(sink, interval: TimeSpan.FromHours(1));
        await UntilAsync(() => running.GetMetrics().RecordsIn > 0);
        IReadOnlyList<CompletedCheckpoint> before = await CheckpointCatalog.ListAsync(_store, Job, CancellationToken.None);

        string missing = await FailureAsync(sink, before[0].Folder + "-missing");
        string foreign = await FailureAsync(sink, before[0].Folder, numbersUid: "others");

        Assert.Contains("There is no manifest", missing, StringComparison.Ordinal);
        Assert.Contains("has state of operator(s) 'numbers'", foreign, StringComparison.Ordinal);
        Assert.Equal(before, await CheckpointCatalog.ListAsync(_store, Job, CancellationToken.None));
        Assert.NotEmpty(await running.TriggerSavepointAsync());
        Assert.Equal(JobStatus.Running, running.Status);
    }

    [Fact]
    public async Task ShouldGoOnFromWhatWasGiven_WhenTheRunEndedBeforeItsFirstCheckpoint()
    {
        CollectSink<long> sink = new();
        await using (JobClient client = Start(sink))
        {
            await UntilAsync(() => client.GetMetrics().LastCheckpointId > 2);
            await client.CancelAsync();
        }

        CompletedCheckpoint given = (await CheckpointCatalog.ListAsync(_store, Job, CancellationToken.None))[1];
        await using (JobClient client = Start(sink, given.Folder, interval: TimeSpan.FromHours(1)))
        {
            await UntilAsync(() => client.GetMetrics().RecordsIn > 0);
            await client.CancelAsync();
        }

        Assert.Equal(given.Folder, Assert.Single(await CheckpointCatalog.ListAsync(_store, Job, CancellationToken.None)).Folder);
        await using JobClient next = Start(sink);
        await UntilAsync(() => next.GetMetrics().LastCheckpointId > given.CheckpointId);
    }

    private async Task<(CompletedCheckpoint Newest, CompletedCheckpoint Before)> DamageNewestAsync(ISink<long> sink)
    {
        await using (JobClient client = Start(sink))
        {
            await UntilAsync(() => client.GetMetrics().LastCheckpointId > 2);
        }

        IReadOnlyList<CompletedCheckpoint> completed = await CheckpointCatalog.ListAsync(_store, Job, CancellationToken.None);
        string part = await FirstPartAsync(completed[0].Folder);
        byte[] content = (await _store.GetAsync(part, CancellationToken.None))!.Content.ToArray();
        content[^1] ^= 1;
        await _store.PutAsync(part, new ReadOnlySequence<byte>(content), PutCondition.None, CancellationToken.None);
        return (completed[0], completed[1]);
    }

    private async Task<string> FirstPartAsync(string folder)
    {
        await foreach (string name in _store.ListAsync(folder + "/parts/", CancellationToken.None))
        {
            return name;
        }

        throw new InvalidOperationException($"'{folder}' has no part.");
    }

    private async Task<string> FailureAsync(ISink<long> sink, string? restoreFrom = null, string numbersUid = "numbers")
    {
        await using JobClient client = Start(sink, restoreFrom, numbersUid: numbersUid);
        return (await Assert.ThrowsAsync<JobExecutionException>(() => client.Completion.WaitAsync(Deadline))).Message;
    }

    private JobClient Start(
        ISink<long> sink,
        string? restoreFrom = null,
        ListLogger? log = null,
        TimeSpan? interval = null,
        string numbersUid = "numbers"
    )
    {
        ExecutionOptions options = new()
        {
            BatchSize = 8,
            CheckpointInterval = interval ?? TimeSpan.FromMilliseconds(5),
            RestoreFrom = restoreFrom,
            RestartStrategy = RestartStrategy.FixedDelay(100, TimeSpan.FromHours(1)),
        };
        StreamExecutionEnvironment env = new(options) { CheckpointStore = _store };
        if (log is not null)
        {
            env.LoggerFactory = new Loggers(log);
        }

        env.FromSource(new GeneratorSource<long>(long.MaxValue, n => n) { RecordsPerSecond = 20_000 }, name: "numbers")
            .WithUid(numbersUid)
            .SinkTo(sink)
            .WithName("results")
            .WithUid("results");
        return env.ExecuteDetached(Job);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource deadline = new(Deadline);
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, deadline.Token);
        }
    }

    private sealed class Loggers(ListLogger log) : ILoggerFactory
    {
        private readonly Lock _lock = new();

        public ILogger CreateLogger(string categoryName)
        {
            lock (_lock)
            {
                return categoryName == "Millrace.Checkpoints" ? log : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;
            }
        }

        public void AddProvider(ILoggerProvider provider)
        {
            // It is its own.
        }

        public void Dispose()
        {
            // Nothing to dispose.
        }
    }
}
