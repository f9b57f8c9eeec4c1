using System.Text.Json.Serialization;

namespace Millrace.Durable.Hosting;

/// <summary>What is durable about a job as a whole on a trigger-driven host.</summary>
/// <param name="FormatVersion">Version of the format.</param>
/// <param name="Incarnation">Number of the job's state; grows when it starts from a savepoint. The first one comes from the clock, so that
/// a job whose store was emptied is not taken for its predecessor by what outlives the store: entities, and progress markers of
/// exactly-once sinks.</param>
/// <param name="Origin">The first incarnation in this store.</param>
/// <param name="RestoredFrom">The savepoint it started from; <see langword="null"/> = none.</param>
/// <param name="IsSuspended">Whether no source may go on.</param>
/// <param name="MaxParallelism">Number of key groups.</param>
/// <param name="Parallelism">Number of tasks per keyed stage, by the stage's uid.</param>
/// <param name="PreAggregated">Edges whose records are combined at their source; <see langword="null"/> = none.</param>
/// <param name="StartsAreResolved">Whether every partition that there was when the state began has a ledger: one without has come later and
/// is read from its beginning.</param>
/// <param name="Failure">Why the job was suspended by itself; <see langword="null"/> = it was not.</param>
internal sealed record DurableControl(
    int FormatVersion,
    int Incarnation,
    int Origin,
    string? RestoredFrom,
    bool IsSuspended,
    int MaxParallelism,
    IReadOnlyDictionary<string, int> Parallelism,
    IReadOnlyList<string>? PreAggregated = null,
    bool StartsAreResolved = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DurableFailure? Failure = null
)
{
    public const int CurrentVersion = 1;
}
