using System.Collections.Concurrent;

namespace Millrace.Durable.Hosting;

/// <summary>
/// Pauses after failures of what a trigger delivers again at once: each in a row takes twice as long, from 0.1 to 30 seconds. Thread-safe.
/// </summary>
internal sealed class FailurePauses(TimeProvider time)
{
    private const int MaxDoublings = 10;
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<string, int> _failures = new(StringComparer.Ordinal);

    /// <summary>Something has gone well: its next failure is the first.</summary>
    public void Forget(string name) => _failures.TryRemove(name, out _);

    /// <summary>Something has failed: returns after its pause.</summary>
    public Task WaitAsync(string name, CancellationToken cancellationToken)
    {
        int failures = _failures.AddOrUpdate(name, 1, static (_, before) => before + 1);
        TimeSpan pause = Shortest * Math.Pow(2, Math.Min(failures - 1, MaxDoublings));
        return Task.Delay(pause < Longest ? pause : Longest, time, cancellationToken);
    }
}
