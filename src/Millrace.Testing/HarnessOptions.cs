using System.ComponentModel.DataAnnotations;

namespace Millrace.Testing;

/// <summary>How an operator harness runs its operators.</summary>
public sealed record HarnessOptions
{
    /// <summary>Number of tasks of the operators under test. Default 1; 1 to <see cref="MaxParallelism"/>.</summary>
    [Range(1, 32768)]
    public int Parallelism { get; init; } = 1;

    /// <summary>Number of key groups. Default 128; 1 to 32,768.</summary>
    [Range(1, 32768)]
    public int MaxParallelism { get; init; } = 128;

    /// <summary>Records per batch. Default 1,024; 1 to 65,536. With 1, every record is a batch of its own, and
    /// records of a stream without keys take turns over the tasks one by one.</summary>
    [Range(1, 65536)]
    public int BatchSize { get; init; } = 1024;

    /// <summary>
    /// Whether the harness replaces the operators by ones restored from a snapshot after every step, so that one test shows both behaviour
    /// and recovery. Default: off.
    /// </summary>
    public bool RestoresBetweenSteps { get; init; }
}
