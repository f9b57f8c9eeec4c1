using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Runtime;

namespace Millrace.Testing;

/// <summary>How a <see cref="JobTestDriver"/> runs a job.</summary>
public sealed class JobTestOptions
{
    /// <summary>Options of the job. Those of checkpoints and restarts do not apply: the test takes checkpoints and restarts.</summary>
    public ExecutionOptions Execution { get; init; } = new();

    /// <summary>Parameters of the job; <see langword="null"/> = none.</summary>
    public IConfiguration? Configuration { get; init; }

    /// <summary>The job's clock. Default: one that stands at the Unix epoch.</summary>
    public ManualTimeProvider Time { get; init; } = new();

    /// <summary>Where the job logs. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>State to start from; <see langword="null"/> = none.</summary>
    public JobSnapshot? RestoreFrom { get; init; }

    /// <summary>
    /// Seed of the order in which tasks take turns; <see langword="null"/> (default) = whoever is nearest to the sinks. The same seed gives
    /// the same run.
    /// </summary>
    public int? Seed { get; init; }

    /// <summary>Turns after which a run that does not come to rest is given up. Default: 1,000,000; at least 1.</summary>
    [Range(1, int.MaxValue)]
    public int MaxTurns { get; init; } = 1_000_000;
}
