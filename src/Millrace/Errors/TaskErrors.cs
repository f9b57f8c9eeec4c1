using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Batches;
using Millrace.Connectors;

namespace Millrace.Errors;

/// <summary>
/// Errors of user code in one task: the job's policy, and which record is under way. In a run that traces records the head of a chain hands
/// them on one by one and says here where each came from; everything behind it in the chain works on that record until it returns. All
/// members but <see cref="Count"/> are used on the task's thread.
/// </summary>
internal sealed class TaskErrors(
    string job,
    UserCodeErrorPolicy policy,
    Func<RecordOrigin, CancellationToken, RawRecord?>? originals = null
)
{
    private long _count;
    private RecordOrigin _lastLetter;

    public string Job => job;

    public UserCodeErrorPolicy Policy => policy;

    /// <summary>Whether records are handed on one by one, each with its origin, so that one can be left out.</summary>
    public bool IsTracing { get; } = !policy.AlwaysFails;

    /// <summary>Where the record under way came from.</summary>
    public RecordOrigin Origin { get; set; }

    /// <summary>The record under way as its source got it, where that is in hand.</summary>
    public RawRecord? Original { get; set; }

    /// <summary>Where dead letters of user code go, with their timestamps; wired before the task opens.</summary>
    public Action<DeadLetter, long>? Letters { get; set; }

    /// <summary>Where letters of the source at the head go about what it cannot read; wired likewise, where the job writes them.</summary>
    public Action<DeadLetter>? Unreadable { get; set; }

    public ILogger Logger { get; private set; } = NullLogger.Instance;

    public TimeProvider Time { get; private set; } = TimeProvider.System;

    public CancellationToken CancellationToken { get; private set; }

    /// <summary>Records that were left out; read by any thread.</summary>
    public long Count => Volatile.Read(ref _count);

    public void Open(TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken) =>
        (Time, Logger, CancellationToken) = (time, loggers.CreateLogger("Millrace.Errors"), cancellationToken);

    /// <summary>Names the record under way.</summary>
    public void Begin(RecordOrigin origin, RawRecord? original = null) => (Origin, Original) = (origin, original);

    /// <summary>No record is under way.</summary>
    public void End() => (Origin, Original) = (default, null);

    public void AddError() => Volatile.Write(ref _count, _count + 1);

    /// <summary>The record as its source got it; <see langword="null"/> where there is none to be had.</summary>
    public RawRecord? FindOriginal(RecordOrigin origin) =>
        Original is { } inHand && inHand.Offset == origin.Offset && origin == Origin ? inHand
        : origin is { IsKnown: true, Split.Topic: not null } ? originals?.Invoke(origin, CancellationToken)
        : null;

    /// <summary>Whether a letter about a record is the first one: a record that became several is sent back as a whole.</summary>
    public bool IsFirstLetter(RecordOrigin origin)
    {
        bool isFirst = !origin.IsKnown || origin != _lastLetter;
        _lastLetter = origin;
        return isFirst;
    }
}
