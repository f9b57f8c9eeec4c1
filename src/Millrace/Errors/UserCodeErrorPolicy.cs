using Millrace.Connectors;

namespace Millrace.Errors;

/// <summary>
/// What to do when a function of the job throws: a mapper, a filter, a key selector, a timestamp assigner, a window, process or
/// asynchronous function, a join, a condition of a pattern, a serializer of a sink. (Flink has no such policy; Kafka Streams'
/// <c>ProcessingExceptionHandler</c> is the model.) Set with <c>env.SetUserCodeErrorPolicy(...)</c>. Immutable.
/// </summary>
/// <remarks>A record that is left out leaves nothing behind but what its function did before it threw: changes of keyed state stay. With
/// anything but <see cref="Fail"/> operators take records one by one.</remarks>
public sealed class UserCodeErrorPolicy
{
    private readonly Func<UserCodeException, UserCodeErrorAction> _decide;

    private UserCodeErrorPolicy(Func<UserCodeException, UserCodeErrorAction> decide, ISink<DeadLetter>? deadLetters)
    {
        _decide = decide;
        DeadLetters = deadLetters;
    }

    /// <summary>
    /// Fail the run, which names operator and record and starts again as its restart strategy says; on Azure Functions the job is
    /// suspended. The default.
    /// </summary>
    public static UserCodeErrorPolicy Fail { get; } = new(static _ => UserCodeErrorAction.Fail, null);

    /// <summary>Leave the record out, count it and log it.</summary>
    public static UserCodeErrorPolicy Skip { get; } = new(static _ => UserCodeErrorAction.Skip, null);

    internal ISink<DeadLetter>? DeadLetters { get; }

    /// <summary>Whether no record is ever left out.</summary>
    internal bool AlwaysFails => ReferenceEquals(this, Fail);

    /// <summary>
    /// Leave the record out and write a letter with its original bytes to a sink. The letter is committed with the rest of the record's
    /// checkpoint or batch, as far as the sink can.
    /// </summary>
    /// <param name="deadLetters">The sink, such as <c>KafkaSink.DeadLetters("orders-dlq").SetBootstrapServers("host:9092").Build()</c>;
    /// every stage of the job writes to it.</param>
    public static UserCodeErrorPolicy DeadLetter(ISink<DeadLetter> deadLetters)
    {
        ArgumentNullException.ThrowIfNull(deadLetters);
        return new UserCodeErrorPolicy(static _ => UserCodeErrorAction.DeadLetter, deadLetters);
    }

    /// <summary>
    /// Decide record by record, for instance by <see cref="UserCodeException.OperatorUid"/> or by the type of the inner exception.
    /// </summary>
    /// <param name="decide">Chooses; called by many tasks at once.</param>
    /// <param name="deadLetters">The sink for dead letters; needed when <paramref name="decide"/> can answer
    /// <see cref="UserCodeErrorAction.DeadLetter"/>.</param>
    public static UserCodeErrorPolicy Of(Func<UserCodeException, UserCodeErrorAction> decide, ISink<DeadLetter>? deadLetters = null)
    {
        ArgumentNullException.ThrowIfNull(decide);
        return new UserCodeErrorPolicy(decide, deadLetters);
    }

    internal UserCodeErrorAction Decide(UserCodeException error)
    {
        UserCodeErrorAction action = _decide(error);
        return action is not UserCodeErrorAction.DeadLetter || DeadLetters is not null
            ? action
            : throw new InvalidOperationException(
                $"Operator '{error.OperatorUid}': the policy for errors of user code answers DeadLetter but has no sink; give it to "
                    + "UserCodeErrorPolicy.Of(decide, deadLetters).",
                error
            );
    }
}

/// <summary>What is done about a record that a function threw for.</summary>
public enum UserCodeErrorAction
{
    /// <summary>The run fails.</summary>
    Fail,

    /// <summary>The record is left out.</summary>
    Skip,

    /// <summary>The record is left out, and a letter about it is written.</summary>
    DeadLetter,
}
