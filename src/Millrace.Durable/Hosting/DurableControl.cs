using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Millrace.Checkpoints;

namespace Millrace.Durable.Hosting;

/// <summary>What is durable about a job as a whole on a trigger-driven host.</summary>
/// <param name="FormatVersion">Version of the format.</param>
/// <param name="Incarnation">Number of the job's state; grows when it starts from a savepoint. The first one comes from the clock, so that
/// a job whose store was emptied is not taken for its predecessor by what outlives the store: entities, and progress markers of
/// exactly-once sinks.</param>
/// <param name="Origin">The incarnation with which the numbers of records began that go straight from a source to a sink: they are offsets,
/// which go on when a job starts from the savepoint that it was stopped with.</param>
/// <param name="RestoredFrom">The savepoint it started from, as the setting named it; <see langword="null"/> = none.</param>
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
    /// <summary>
    /// Version 2 adds everything below but <see cref="Ledgers"/>, which is version 3: a Millrace that reads earlier ones only would drop
    /// it.
    /// </summary>
    public const int CurrentVersion = 3;

    /// <summary>What <see cref="Ledgers"/> is while they are moved out of objects into a table.</summary>
    public const string Moving = "moving";

    /// <summary>
    /// Every savepoint that the job has ever started from: none is taken twice, whichever process asks for it again; <see langword="null"/>
    /// = none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Taken { get; init; }

    /// <summary>A start that is under way; <see langword="null"/> = none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DurableRestore? Restoring { get; init; }

    /// <summary>
    /// What tells this job from another of the same name whose state lies elsewhere, so that neither takes the other's progress markers for
    /// its own; <see langword="null"/> = it was begun by an earlier version.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Id { get; init; }

    /// <summary>The greatest incarnation ever given out, to a restore that died too.</summary>
    public int LastIncarnation { get; init; }

    /// <summary>The savepoint being taken; <see langword="null"/> = none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DurableSavepointClaim? Savepoint { get; init; }

    /// <summary>
    /// Savepoints with which the job was stopped, as long as it has not gone on since; <see langword="null"/> = none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? StoppedWith { get; init; }

    /// <summary>Number of the last time that tasks were frozen for a savepoint.</summary>
    public int Freezes { get; init; }

    /// <summary>Where the ledgers are, see <see cref="ILedgerStore.Kind"/>; <see langword="null"/> = objects beside this one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Ledgers { get; init; }

    /// <summary>Whether time has ended at the tasks: whatever they got from then on would be late.</summary>
    public bool IsDrained { get; init; }

    /// <summary>
    /// Topics by the source's uid, in the order of their numbers in names and channels; <see langword="null"/> = not kept yet.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Topics { get; init; }

    /// <summary>Names of the edges between stages, in order; <see langword="null"/> = not kept yet.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Edges { get; init; }

    public bool HasTaken(string path) =>
        string.Equals(RestoredFrom, path, StringComparison.Ordinal) || Taken?.Contains(path, StringComparer.Ordinal) == true;
}

/// <summary>A start that has been begun, from a savepoint or the job's first.</summary>
/// <param name="Path">The savepoint, as the setting names it; empty = none.</param>
/// <param name="Incarnation">The incarnation whose ledgers are being written.</param>
internal sealed record DurableRestore(string Path, int Incarnation);

/// <summary>Whose turn it is to take a savepoint.</summary>
/// <param name="Id">Of the attempt.</param>
/// <param name="Until">When it counts as dead.</param>
internal sealed record DurableSavepointClaim(Guid Id, DateTimeOffset Until);

/// <summary>The control object's JSON, with its checksum.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    NewLine = "\n",
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(DurableControl))]
internal sealed partial class DurableControlJson : JsonSerializerContext
{
    public static ReadOnlySequence<byte> Write(DurableControl control) =>
        Checksums.SealJson(
            JsonSerializer.SerializeToUtf8Bytes(
                control with
                {
                    FormatVersion = control.Ledgers is null ? 2 : Hosting.DurableControl.CurrentVersion,
                },
                Default.DurableControl
            )
        );

    public static DurableControl Read(StoredObject stored, string name)
    {
        try
        {
            if (Checksums.FaultOfJson(stored.Content.Span) is { } fault)
            {
                throw new JsonException(fault);
            }

            DurableControl control =
                JsonSerializer.Deserialize(stored.Content.Span, Default.DurableControl) ?? throw new JsonException("The document is null.");
            return control.FormatVersion is >= 1 and <= Hosting.DurableControl.CurrentVersion
                ? control with
                {
                    FormatVersion = Hosting.DurableControl.CurrentVersion,
                }
                : throw new InvalidDataException(
                    $"'{name}' has format version {control.FormatVersion}, this Millrace reads versions 1 to "
                        + $"{Hosting.DurableControl.CurrentVersion}; use the Millrace that wrote it or a later one."
                );
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"'{name}' ({stored.Content.Length} bytes) is damaged: {exception.Message}", exception);
        }
    }
}

/// <summary>Reads and swaps a job's <see cref="DurableControl"/>.</summary>
internal sealed class DurableControlStore(IObjectStore store, string job)
{
    private const int MaxAttempts = 10;
    private readonly string _name = DurableNames.ControlOf(job);

    public async Task<DurableControl?> ReadAsync(CancellationToken cancellationToken) =>
        await store.GetAsync(_name, cancellationToken).ConfigureAwait(false) is { } stored ? DurableControlJson.Read(stored, _name) : null;

    /// <summary>Swaps the control object; the change is asked again for what another process has written meanwhile.</summary>
    /// <param name="change">From what is stored (<see langword="null"/> = nothing) to what shall be; returning the same object leaves
    /// it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<DurableControl> ChangeAsync(Func<DurableControl?, DurableControl> change, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            StoredObject? stored = await store.GetAsync(_name, cancellationToken).ConfigureAwait(false);
            DurableControl? before = stored is null ? null : DurableControlJson.Read(stored, _name);
            DurableControl after = change(before);
            if (ReferenceEquals(before, after))
            {
                return after;
            }

            ReadOnlySequence<byte> content = DurableControlJson.Write(after);
            try
            {
                PutCondition condition = stored is null ? PutCondition.IfAbsent : PutCondition.IfMatch(stored.ETag);
                await store.PutAsync(_name, content, condition, cancellationToken).ConfigureAwait(false);
                return after;
            }
            catch (PreconditionFailedException) when (attempt < MaxAttempts)
            {
                // Another process was first: look again.
            }
            catch (Exception exception) when (exception is not (PreconditionFailedException or OutOfMemoryException))
            {
                // The answer may be lost, and not the write.
                if (cancellationToken.IsCancellationRequested || !await IsWrittenAsync(content, cancellationToken).ConfigureAwait(false))
                {
                    throw;
                }

                return after;
            }
        }
    }

    private async Task<bool> IsWrittenAsync(ReadOnlySequence<byte> content, CancellationToken cancellationToken)
    {
        try
        {
            return await store.GetAsync(_name, cancellationToken).ConfigureAwait(false) is { } stored
                && stored.Content.Span.SequenceEqual(content.ToArray());
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // What the write has failed with says more.
            return false;
        }
    }
}

/// <summary>A failure that another attempt would meet again.</summary>
/// <param name="Reason">What has failed and what to do.</param>
/// <param name="Since">When it was met.</param>
internal sealed record DurableFailure(string Reason, DateTimeOffset Since);

/// <summary>A source may not go on now: the job is suspended or another incarnation of it has begun.</summary>
internal sealed class JobSuspendedException(string message, bool hasNewState) : Exception(message)
{
    /// <summary>Whether the process has to open the job anew.</summary>
    public bool HasNewState => hasNewState;
}
