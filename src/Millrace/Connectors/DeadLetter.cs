namespace Millrace.Connectors;

/// <summary>
/// A record that a function of the job threw for, or that its source could not read, as it is handed to the sink of dead letters
/// (<see cref="Errors.UserCodeErrorPolicy.DeadLetter"/>, <see cref="ISource.DeadLetters"/>). Immutable.
/// </summary>
public sealed record DeadLetter
{
    /// <summary>Name of the job.</summary>
    public required string JobName { get; init; }

    /// <summary>Uid of the operator, or of the source.</summary>
    public required string OperatorUid { get; init; }

    /// <summary>Name of the operator; the uid, where a source could not read the record.</summary>
    public required string OperatorName { get; init; }

    /// <summary>Type and message of what was thrown.</summary>
    public required string Exception { get; init; }

    /// <summary>
    /// The record as its source got it; <see langword="null"/> where it has no single origin (the result of a window, a timer, a match),
    /// where the source reads no topics, or where its topic no longer has it.
    /// </summary>
    public RawRecord? Original { get; init; }

    /// <summary>Topic that the record came from; <see langword="null"/> = not known.</summary>
    public string? Topic { get; init; }

    /// <summary>Partition that it came from; -1 = not known.</summary>
    public int Partition { get; init; } = -1;

    /// <summary>Its offset there; -1 = not known.</summary>
    public long Offset { get; init; } = -1;

    /// <summary>Event timestamp in milliseconds since the Unix epoch; <see cref="Batches.RecordBatch.NoTimestamp"/> = none.</summary>
    public long Timestamp { get; init; } = Batches.RecordBatch.NoTimestamp;

    /// <summary>The key that a keyed operator worked on, as text; <see langword="null"/> = not known.</summary>
    public string? Key { get; init; }

    /// <summary>The window or timer that the operator worked on, as text; <see langword="null"/> = none.</summary>
    public string? Window { get; init; }

    /// <summary>What the operator was given, as JSON in UTF-8; empty = nothing that could be written so.</summary>
    public ReadOnlyMemory<byte> Record { get; init; }
}
