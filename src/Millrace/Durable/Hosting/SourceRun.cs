namespace Millrace.Durable.Hosting;

/// <summary>What one run of a source task is for.</summary>
internal sealed record SourceRun(IDurableTasks Tasks)
{
    /// <summary>Where envelopes go; <see langword="null"/> = straight to the tasks.</summary>
    public EnvelopeGatherer? Gatherer { get; init; }

    /// <summary>The offset up to which a tick or savepoint completes the partition; <see langword="null"/> = a trigger's batch.</summary>
    public long? RepairTo { get; init; }

    /// <summary>Whether the partition is worked on although the job is suspended.</summary>
    public bool MayBeSuspended { get; init; }
}
