using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Millrace.Kafka.Interop;

/// <summary>
/// Lines that come again and again: a broker that is away is told by every client of a process, each second and by way of two callbacks.
/// A line is said once per interval, with how often it has come meanwhile. Thread-safe.
/// </summary>
internal sealed class RepeatedLines(TimeProvider time)
{
    private const int MaxKinds = 256;
    private const string ThreadEnd = "]: ";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private static readonly ConditionalWeakTable<ILogger, RepeatedLines> PerLogger = [];
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long Said, long Unsaid)> _kinds = new(StringComparer.Ordinal);

    /// <summary>The lines of a logger, whichever client they come from.</summary>
    public static RepeatedLines Of(ILogger logger) => PerLogger.GetValue(logger, static _ => new RepeatedLines(TimeProvider.System));

    /// <summary>The line to be said; <see langword="null"/> = none, since it was said not long ago.</summary>
    /// <param name="text">The line.</param>
    /// <param name="isEcho">Whether the line may have been told before, in another way; then it counts as that one.</param>
    public string? Say(string text, bool isEcho = false)
    {
        string kind = KindOf(text);
        lock (_lock)
        {
            long now = time.GetTimestamp();
            bool isKnown = _kinds.TryGetValue(kind, out (long Said, long Unsaid) last);
            if (isKnown && time.GetElapsedTime(last.Said, now) < Interval)
            {
                _kinds[kind] = (last.Said, isEcho ? last.Unsaid : last.Unsaid + 1);
                return null;
            }

            if (!isKnown && _kinds.Count >= MaxKinds)
            {
                _kinds.Clear();
            }

            _kinds[kind] = (now, 0);
            return last.Unsaid == 0
                ? text
                : string.Create(CultureInfo.InvariantCulture, $"{text} ({last.Unsaid} more like it since the last line)");
        }
    }

    // Without librdkafka's thread before it and its time and counts behind it.
    private static string KindOf(string text)
    {
        int thread = text.StartsWith("[thrd:", StringComparison.Ordinal) ? text.IndexOf(ThreadEnd, StringComparison.Ordinal) : -1;
        string line = thread < 0 ? text : text[(thread + ThreadEnd.Length)..];
        int after = line.IndexOf(" (after ", StringComparison.Ordinal);
        return after < 0 ? line : line[..after];
    }
}
