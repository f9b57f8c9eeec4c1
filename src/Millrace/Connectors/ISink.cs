namespace Millrace.Connectors;

/// <summary>Declares where records go. Immutable; used by many tasks.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface ISink<T>
{
    /// <summary>External resources that the sink writes, such as <c>kafka:my_topic</c>. Empty when unknown.</summary>
    IReadOnlyList<string> Resources { get; }

    /// <summary>Adds to <paramref name="errors"/> everything that is wrong with the declaration.</summary>
    /// <param name="errors">Receives one message per error.</param>
    void Validate(ICollection<string> errors);

    /// <summary>
    /// Adds what is wrong with the declaration in a job whose checkpoints begin this far apart. Only hosts that commit sinks by checkpoints
    /// ask. Default: nothing.
    /// </summary>
    /// <param name="checkpointInterval">The interval.</param>
    /// <param name="errors">Receives one message per error.</param>
    void ValidateCheckpoints(TimeSpan checkpointInterval, ICollection<string> errors) { }

    /// <summary>Whether the writers are <see cref="ICommittingSinkWriter{T}"/>s: what they have committed with a checkpoint would be
    /// written a second time from an older one, so a job with such a sink does not fall back to one by itself.
    /// Default: <see langword="false"/>; then only what the sink keeps in checkpoints tells.</summary>
    bool CommitsByCheckpoints => false;

    /// <summary>Creates a writer; one per sink task and run.</summary>
    /// <param name="context">Names and services of the task.</param>
    ISinkWriter<T> CreateWriter(ConnectorContext context);
}
