using Millrace.Durable.Apps;
using Millrace.Durable.Hosting;
using Millrace.Durable.Tasks;
using Xunit;

namespace Millrace.Tests.Durable;

public sealed class WarmTasksTests
{
    [Fact]
    public async Task ShouldGiveUpWhatWasUsedLongestAgo_WhenThereIsNoRoom()
    {
        await using EntityScene scene = new();
        AppJobs process = scene.Start();
        DurableJobHost host = await process.OpenAsync(process.Jobs[0], CancellationToken.None);
        WarmTask TaskOf(int bytes) =>
            new(host, new DurableTaskLogic(host.Plan, host.Plan.KeyedStages[0], 0, scene.Services), new byte[bytes], Guid.NewGuid());

        using WarmTasks tasks = new(maxBytes: 100);
        tasks.Put("a", TaskOf(40));
        tasks.Put("b", TaskOf(40));
        tasks.Put("a", tasks.Take("a")!);
        tasks.Put("c", TaskOf(40));
        Assert.Equal(2, tasks.Count);
        Assert.Null(tasks.Take("b"));

        // Too large for anything, so nothing makes room for it.
        tasks.Put("d", TaskOf(101));
        Assert.Null(tasks.Take("d"));

        // Who takes it has it alone.
        WarmTask taken = tasks.Take("a")!;
        Assert.Null(tasks.Take("a"));
        tasks.Put("a", taken);
        WarmTask later = TaskOf(50);
        tasks.Put("a", later);
        Assert.Equal(2, tasks.Count);
        Assert.Same(later, tasks.Take("a"));
        tasks.Put("a", later);

        tasks.Forget(host);
        Assert.Equal(0, tasks.Count);
        tasks.Dispose();
        tasks.Put("a", TaskOf(1));
        Assert.Equal(0, tasks.Count);
    }
}
