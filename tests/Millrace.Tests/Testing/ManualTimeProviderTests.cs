using Millrace.Testing;
using Xunit;

namespace Millrace.Tests.Testing;

public sealed class ManualTimeProviderTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void ShouldRunTimersInOrderAtTheirTimes_WhenClockPassesThem()
    {
        List<string> fired = [];
        using ITimer late = Timer("late", 30);
        using ITimer early = Timer("early", 10);
        using ITimer same = Timer("same", 10);
        using ITimer never = Timer("never", 51);

        _time.Advance(TimeSpan.FromMilliseconds(50));

        Assert.Equal(["early@10", "same@10", "late@30"], fired);
        Assert.Equal(50, _time.GetUtcNow().ToUnixTimeMilliseconds());
        Assert.Equal(TimeSpan.FromMilliseconds(50), _time.GetElapsedTime(0));

        ITimer Timer(string name, int due) =>
            _time.CreateTimer(
                _ => fired.Add($"{name}@{_time.GetUtcNow().ToUnixTimeMilliseconds()}"),
                null,
                TimeSpan.FromMilliseconds(due),
                Timeout.InfiniteTimeSpan
            );
    }

    [Fact]
    public void ShouldRepeatUntilDisposedOrChanged_WhenTimerHasAPeriod()
    {
        List<long> fired = [];
        ITimer timer = _time.CreateTimer(
            _ => fired.Add(_time.GetUtcNow().ToUnixTimeMilliseconds()),
            null,
            TimeSpan.FromMilliseconds(5),
            TimeSpan.FromMilliseconds(10)
        );
        _time.Advance(TimeSpan.FromMilliseconds(26));
        timer.Change(TimeSpan.FromMilliseconds(100), Timeout.InfiniteTimeSpan);
        _time.Advance(TimeSpan.FromMilliseconds(200));
        timer.Dispose();
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal([5, 15, 25, 126], fired);
    }

    [Fact]
    public async Task ShouldEndDelays_WhenClockPassesThem()
    {
        Task delay = Task.Delay(TimeSpan.FromSeconds(10), _time);
        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(delay.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await delay.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void ShouldRefuse_WhenClockWouldGoBack() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _time.AdvanceTo(DateTimeOffset.UnixEpoch.AddTicks(-1)));
}
