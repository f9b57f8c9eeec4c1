using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Runtime;
using Millrace.Testing;
using Xunit;

namespace Millrace.Tests.Runtime;

/// <summary>Savepoints that nobody waits for any more.</summary>
public sealed class SavepointRequestTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task ShouldGiveUp_WhenTheSavepointIsNotBegunInTime()
    {
        ManualTimeProvider time = new();
        TaskCompletionSource<bool> discovery = new(TaskCreationOptions.RunContinuationsAsynchronously);
        GatedSource<long> gated = new(Numbers(), Task.CompletedTask, discovery.Task);
        CollectSink<long> sink = new();
        await using JobClient client = Start(gated, sink, new InMemoryObjectStore(), time);
        await gated.Discovers.WaitAsync(Deadline);
        Task<string> savepoint = client.StopWithSavepointAsync();

        time.Advance(TimeSpan.FromMinutes(11));

        TimeoutException late = await Assert.ThrowsAsync<TimeoutException>(() => savepoint.WaitAsync(Deadline));
        Assert.Contains("was not begun within 00:10:00", late.Message, StringComparison.Ordinal);
        discovery.SetResult(true);
        await UntilAsync(() => sink.Records.Count > 0);
        Assert.Equal(JobStatus.Running, client.Status);
    }

    [Fact]
    public async Task ShouldGoOn_WhenTheStopIsCancelledBeforeTheSavepointIsComplete()
    {
        ManualTimeProvider time = new();
        TaskCompletionSource stored = new(TaskCreationOptions.RunContinuationsAsynchronously);
        SlowStore store = new(new InMemoryObjectStore(), stored.Task);
        CollectSink<long> sink = new();
        await using JobClient client = Start(Numbers(), sink, store, time);
        using CancellationTokenSource cancellation = new();
        await UntilAsync(() => sink.Records.Count > 0);
        Task<string> savepoint = client.StopWithSavepointAsync("unwanted", cancellation.Token);
        await store.Reached.WaitAsync(Deadline);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => savepoint.WaitAsync(Deadline));
        stored.SetResult();
        int before = sink.Records.Count;
        await UntilAsync(() => sink.Records.Count > before + 100);
        Assert.Equal("jobs/numbers/savepoints/wanted", await client.TriggerSavepointAsync("wanted").WaitAsync(Deadline));
        Assert.Equal(JobStatus.Running, client.Status);
    }

    private static JobClient Start(ISource<long> source, CollectSink<long> sink, IObjectStore store, TimeProvider time)
    {
        StreamExecutionEnvironment env = new(new ExecutionOptions { BatchSize = 8, RestartStrategy = RestartStrategy.None })
        {
            CheckpointStore = store,
            TimeProvider = time,
        };
        env.FromSource(source).SinkTo(sink);
        return env.ExecuteDetached("numbers");
    }

    private static GeneratorSource<long> Numbers() => new(long.MaxValue, n => n);

    private static async Task UntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource deadline = new(Deadline);
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, deadline.Token);
        }
    }
}
