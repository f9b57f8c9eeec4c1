using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Durable.Apps;
using Millrace.Durable.Hosting;
using Millrace.Durable.Tasks;
using Millrace.Testing;
using Millrace.Tests.Testing.Conformance;
using Xunit;

namespace Millrace.Tests.Durable;

public sealed class EntityTasksTests
{
    // The extension keeps states of more than some kilobytes in blobs, and has deleted that of the state it was about to read.
    [Theory]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public async Task ShouldReadAgain_WhenAStateIsReplacedWhileItIsRead(int failures, bool isRead)
    {
        ManualTimeProvider time = new();
        StreamExecutionEnvironment env = new();
        env.FromSource(new MemoryLogSource(new MemoryLog("lines", partitions: 1)))
            .WithUid("source")
            .KeyBy(static line => line)
            .Reduce(static (_, last) => last)
            .WithUid("last")
            .SinkTo(new MemoryLogSink(new MemoryLog("out", partitions: 1), DurableSinkGuarantee.AtLeastOnce))
            .WithUid("sink");
        AppJob job = new(env.GetJobGraph("read", hasStatelessSources: true), restoreFrom: null);
        DurableServices services = new(time, NullLoggerFactory.Instance, CancellationToken.None);
        await using AppJobs jobs = new([job], new InMemoryObjectStore(), new DurableHostOptions(), services);
        DurableJobHost host = await jobs.OpenAsync(job, CancellationToken.None);
        Client client = new(failures);
        EntityTasks tasks = new(client, jobs, host);

        Task<TaskImage> read = tasks.ReadStateAsync(host.Plan.KeyedStages[0], 0, isWhole: true, CancellationToken.None);
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(30));
        while (!read.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, deadline.Token);
        }

        if (isRead)
        {
            Assert.Equal([7], (await read).Head.ToArray());
        }
        else
        {
            await Assert.ThrowsAsync<IOException>(() => read);
        }
    }

    private sealed class Client(int failures) : IEntityClient
    {
        private int _reads;

        public Task SignalAsync(TaskKey task, string operation, byte[] content, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<TaskState?> ReadAsync(TaskKey task, CancellationToken cancellationToken) =>
            ++_reads <= failures
                ? Task.FromException<TaskState?>(new IOException("The specified blob does not exist."))
                : Task.FromResult<TaskState?>(new TaskState([7], null, []));

        public Task EmitAsync(AppOutput output, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
