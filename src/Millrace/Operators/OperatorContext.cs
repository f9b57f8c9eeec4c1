using Microsoft.Extensions.Logging;
using Millrace.Connectors;
using Millrace.State;
using Millrace.StateBackends;

namespace Millrace.Operators;

/// <summary>What an operator learns about the task it runs in.</summary>
internal sealed record OperatorContext(
    string JobName,
    string Uid,
    string Name,
    int TaskIndex,
    int Parallelism,
    int MaxParallelism,
    int BatchSize,
    TimeProvider TimeProvider,
    IProcessingTimeService ProcessingTime,
    ILoggerFactory LoggerFactory,
    CancellationToken CancellationToken
)
{
    /// <summary>Name of the job's source that reads a resource; <see langword="null"/> = none does.</summary>
    public Func<Topic, string?> ReaderOf { get; init; } = static _ => null;

    /// <summary>Whether objects are shared between operators, so that none is copied.</summary>
    public bool ReusesObjects { get; init; }

    /// <summary>Opens the task's store of state, or gives it again; it gives <see langword="null"/> where state stays in memory.</summary>
    public Func<IStateStore?>? StateStore { get; init; }

    /// <summary>The key groups that this task owns.</summary>
    public KeyGroupRange KeyGroupRange => KeyGroups.RangeOf(TaskIndex, MaxParallelism, Parallelism);
}
