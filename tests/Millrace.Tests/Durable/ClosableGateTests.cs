using Millrace.Durable.Hosting;
using Millrace.Scheduling;
using Xunit;

namespace Millrace.Tests.Durable;

public sealed class ClosableGateTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task ShouldLetWaitersFail_WhenTheGateIsClosedBeforeTheirTurn()
    {
        ClosableGate gate = new("owner", Execution.ThreadPool);
        await gate.EnterAsync(CancellationToken.None);
        Task[] waiters = [gate.EnterAsync(CancellationToken.None), gate.EnterAsync(CancellationToken.None)];
        Task closing = gate.CloseAsync();
        Assert.False(closing.IsCompleted);

        gate.Leave();

        await closing.WaitAsync(Patience);
        foreach (Task waiter in waiters)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => waiter.WaitAsync(Patience));
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(() => gate.EnterAsync(CancellationToken.None).WaitAsync(Patience));
    }

    [Fact]
    public async Task ShouldLetOneInAtATime()
    {
        ClosableGate gate = new("owner", Execution.ThreadPool);
        await gate.EnterAsync(CancellationToken.None);
        Task second = gate.EnterAsync(CancellationToken.None);
        Assert.False(second.IsCompleted);
        gate.Leave();
        await second.WaitAsync(Patience);
    }
}
