using Microsoft.Extensions.Logging;

namespace Millrace.Connectors;

/// <summary>What a source or sink learns about the task it runs in.</summary>
/// <param name="JobName">Name of the job.</param>
/// <param name="OperatorUid">Stable uid of the source or sink.</param>
/// <param name="TaskIndex">Index of the task, in [0, <paramref name="Parallelism"/>).</param>
/// <param name="Parallelism">Number of tasks.</param>
/// <param name="TimeProvider">The job's clock.</param>
/// <param name="LoggerFactory">Where to log.</param>
/// <param name="CancellationToken">Fires when the run ends; every wait must observe it.</param>
public sealed record ConnectorContext(
    string JobName,
    string OperatorUid,
    int TaskIndex,
    int Parallelism,
    TimeProvider TimeProvider,
    ILoggerFactory LoggerFactory,
    CancellationToken CancellationToken
)
{
    /// <summary>
    /// Name of the source of the job that reads a resource (<see cref="ISource{T}.Reads"/>); <see langword="null"/> = none does. A sink
    /// that chooses record by record where to write asks it, so that no result comes back as input.
    /// </summary>
    public Func<string, string?> ReaderOf { get; init; } = static _ => null;

    /// <summary>Where the source or sink counts what it moves.</summary>
    public ConnectorMetrics Metrics { get; init; } = new();

    /// <summary>
    /// Tells the job's state apart from what it had before it was started from a savepoint or anew; the job's name where a host does not
    /// count. Names the progress of exactly-once sinks.
    /// </summary>
    public string Incarnation { get; init; } = JobName;
}
