namespace Millrace.Embedded.Tests;

/// <summary>The outermost edge of tests that wait for processes and sockets: nothing waits longer than this.</summary>
internal static class Deadline
{
    public static readonly TimeSpan Wait = TimeSpan.FromSeconds(90);

    public static CancellationToken Token() => new CancellationTokenSource(Wait).Token;

    /// <summary>Returns when a condition holds; fails when it does not in time.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what, CancellationToken cancellationToken)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(20));
        while (!condition())
        {
            try
            {
                await timer.WaitForNextTickAsync(cancellationToken);
            }
            catch (OperationCanceledException cancelled)
            {
                throw new TimeoutException($"{what} did not happen within {Wait}.", cancelled);
            }
        }
    }
}
