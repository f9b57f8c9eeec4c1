using System.Globalization;
using Microsoft.Extensions.Logging;
using Millrace.Connectors;
using Millrace.Time;

namespace Millrace.Operators;

/// <summary>
/// Watches the timers that fire after the end of input: says so when they set each other for long, and lets the job be cancelled all the
/// same.
/// </summary>
internal sealed class EndlessTimers(OperatorContext context, int waiting)
{
    /// <summary>After how long it is said.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const int Interval = 1024;
    private readonly long _started = context.TimeProvider.GetTimestamp();
    private ConnectorWait? _waiting;
    private long _fired;

    /// <summary>What goes on; <see langword="null"/> as long as it may well end. Read by any thread.</summary>
    public ConnectorWait? Waiting => Volatile.Read(ref _waiting);

    public void OnFired(long timestamp)
    {
        if (++_fired % Interval == 0)
        {
            Look(timestamp);
        }
    }

    private void Look(long timestamp)
    {
        context.CancellationToken.ThrowIfCancellationRequested();
        TimeSpan elapsed = context.TimeProvider.GetElapsedTime(_started);
        if (elapsed < Patience || _fired <= waiting)
        {
            return;
        }

        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"the input has ended {elapsed.TotalSeconds:F0} s ago, but event-time timers go on setting others: {_fired} have fired, "
                + $"{waiting} were set, the last one for {EventTime.ToText(timestamp)}"
        );
        if (_waiting is null)
        {
            Log.TimersNeverEnd(context.LoggerFactory.CreateLogger<EndlessTimers>(), context.Name, context.Uid, context.TaskIndex, text);
        }

        Volatile.Write(
            ref _waiting,
            new ConnectorWait($"the end of '{context.Name}', task {context.TaskIndex}", text, context.TimeProvider.GetUtcNow() - elapsed)
        );
    }
}
