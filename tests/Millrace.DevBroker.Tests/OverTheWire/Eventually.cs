namespace Millrace.DevBroker.Tests.OverTheWire;

/// <summary>Waits for what happens in clients that offer nothing to wait on: asks again until a deadline.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    public static async Task Until(Func<bool> condition, string what, int timeoutSeconds = 30)
    {
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(timeoutSeconds));
        using PeriodicTimer timer = new(Interval);
        while (!condition())
        {
            try
            {
                await timer.WaitForNextTickAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"It did not happen within {timeoutSeconds} s: {what}.");
            }
        }
    }
}
