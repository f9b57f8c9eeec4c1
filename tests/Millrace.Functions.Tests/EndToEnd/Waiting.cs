using Xunit;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>Polls for what must happen, until a deadline.</summary>
internal static class Waiting
{
    public static Task UntilAsync(Func<bool> condition, TimeSpan deadline, Func<string>? describe = null) =>
        UntilAsync(() => Task.FromResult(condition()), deadline, describe);

    public static async Task UntilAsync(Func<Task<bool>> condition, TimeSpan deadline, Func<string>? describe = null)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > deadline)
            {
                Assert.Fail($"What the test waits for has not happened in {deadline}. {describe?.Invoke()}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
