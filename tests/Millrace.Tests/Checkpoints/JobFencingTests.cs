using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Runtime;
using Xunit;

namespace Millrace.Tests.Checkpoints;

public sealed class JobFencingTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task ShouldEndTheOlderRunForGood_WhenTheSameJobIsStartedTwice()
    {
        InMemoryObjectStore store = new();
        await using JobClient older = Start(store);
        await UntilAsync(() => older.GetMetrics().LastCheckpointId > 0);
        await using JobClient newer = Start(store);

        JobExecutionException failure = await Assert.ThrowsAsync<JobExecutionException>(() => older.Completion.WaitAsync(Deadline));
        Assert.Contains("Job 'fenced' is not owned by run 1", failure.Message, StringComparison.Ordinal);
        Assert.Equal(JobStatus.Failed, older.Status);

        long before = newer.GetMetrics().LastCheckpointId;
        await UntilAsync(() => newer.GetMetrics().LastCheckpointId > before + 1);
        Assert.Equal(JobStatus.Running, newer.Status);
    }

    private static JobClient Start(InMemoryObjectStore store)
    {
        StreamExecutionEnvironment env = new(new ExecutionOptions { CheckpointInterval = TimeSpan.FromMilliseconds(5) })
        {
            CheckpointStore = store,
        };
        env.FromSource(new GeneratorSource<long>(long.MaxValue, n => n) { RecordsPerSecond = 1000 }).SinkTo(new DiscardingSink<long>());
        return env.ExecuteDetached("fenced");
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource deadline = new(Deadline);
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, deadline.Token);
        }
    }
}
