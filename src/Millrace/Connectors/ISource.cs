namespace Millrace.Connectors;

/// <summary>
/// Declares where records come from, whatever their type: what a host needs to plan a job, to look for splits and to tell people. A
/// connector implements <see cref="ISource{T}"/>, or <see cref="IRawRecordSource{T}"/>, which runs on every host. Immutable; used by many
/// tasks.
/// </summary>
public interface ISource
{
    /// <summary>Whether the source ends.</summary>
    Boundedness Boundedness { get; }

    /// <summary>
    /// The topics that the source reads, in a stable order: append new ones at the end, channels are numbered by it. Used to refuse a job
    /// that reads what it writes. Empty when unknown.
    /// </summary>
    IReadOnlyList<Topic> Topics { get; }

    /// <summary>Where records go that the source cannot read; <see langword="null"/>, the default, = nowhere.</summary>
    Topic? DeadLetterTopic => null;

    /// <summary>
    /// The sink that writes <see cref="DeadLetterTopic"/>, where the job is to do that: each task of the source then has one, hands letters
    /// over with <see cref="ConnectorContext.Letters"/>, and they are committed with its checkpoint or batch, as far as the sink can.
    /// <see langword="null"/>, the default, = the source writes letters by itself, or none.
    /// </summary>
    ISink<DeadLetter>? DeadLetters => null;

    /// <summary>
    /// Whether the source reads a topic, or would if there were one of that name: a pattern may match what does not exist yet. Default:
    /// whether it is among <see cref="Topics"/>.
    /// </summary>
    /// <param name="topic">A topic as a sink names it.</param>
    bool Reads(Topic topic) => Topics.Contains(topic);

    /// <summary>
    /// Adds to <paramref name="errors"/> everything that is wrong with the declaration, so that a job reports all errors at once.
    /// </summary>
    /// <param name="errors">Receives one message per error: subject, actual, expected, remedy.</param>
    void Validate(ICollection<string> errors);

    /// <summary>Creates the enumerator; one per run of a job.</summary>
    /// <param name="context">Names and services of the job.</param>
    ISplitEnumerator CreateEnumerator(ConnectorContext context);
}

/// <summary>
/// Declares where records come from (FLIP-27 in spirit): an enumerator finds the splits, readers read them. Immutable; used by many tasks.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface ISource<T> : ISource
{
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
