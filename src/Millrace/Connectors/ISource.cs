namespace Millrace.Connectors;

/// <summary>
/// Declares where records come from (FLIP-27 in spirit): an enumerator finds the splits, readers read them. Immutable; used by many tasks.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface ISource<T>
{
    /// <summary>Whether the source ends.</summary>
    Boundedness Boundedness { get; }

    /// <summary>
    /// External resources that the source reads, such as <c>kafka:my_topic</c>; used to refuse a job that reads what it writes. Empty when
    /// unknown.
    /// </summary>
    IReadOnlyList<string> Resources { get; }

    /// <summary>Further resources that the source writes, such as its dead-letter topic. Default: none.</summary>
    IReadOnlyList<string> WrittenResources => [];

    /// <summary>
    /// Whether the source reads a resource, or would if there were one of that name: a pattern may match what does not exist yet. Default:
    /// whether it is among <see cref="Resources"/>.
    /// </summary>
    /// <param name="resource">A resource as a sink names it.</param>
    bool Reads(string resource) => Resources.Contains(resource, StringComparer.Ordinal);

    /// <summary>
    /// Adds to <paramref name="errors"/> everything that is wrong with the declaration, so that a job reports all errors at once.
    /// </summary>
    /// <param name="errors">Receives one message per error.</param>
    void Validate(ICollection<string> errors);

    /// <summary>Creates the enumerator; one per run of a job.</summary>
    /// <param name="context">Names and services of the job.</param>
    ISplitEnumerator CreateEnumerator(ConnectorContext context);

    /// <summary>Creates a reader; one per source task and run.</summary>
    /// <param name="context">Names and services of the task.</param>
    ISourceReader<T> CreateReader(ConnectorContext context);
}

/// <summary>Whether a source ever ends.</summary>
public enum Boundedness
{
    /// <summary>The source ends by itself; a job of bounded sources finishes.</summary>
    Bounded,

    /// <summary>The source goes on until the job is cancelled.</summary>
    ContinuousUnbounded,
}
