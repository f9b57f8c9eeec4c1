using System.Globalization;
using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Serialization;

namespace Millrace.Errors;

/// <summary>
/// Carries out the policy for errors of user code for one operator. Nothing here runs, or costs anything, before a function throws.
/// </summary>
internal sealed class OperatorErrors(TaskErrors task, string uid, string name)
{
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(1);
    private long? _lastLogged;
    private long _suppressed;

    public TaskErrors Task => task;

    /// <summary>Whether an exception is an error of user code that nobody has dealt with yet.</summary>
    public bool Concerns(Exception exception) =>
        exception
            is not (
                UserCodeException
                or WrongJobException
                or StateMigrationException
                or OutOfMemoryException
                or ExternalServiceException
                or StateDiskException
                or ISuppressRestarts { SuppressesRestarts: true }
            )
        && !(exception is OperationCanceledException && task.CancellationToken.IsCancellationRequested);

    /// <summary>Deals with a record that a function threw for: returns when it may be left out.</summary>
    /// <param name="cause">What was thrown.</param>
    /// <param name="value">The record.</param>
    /// <param name="timestamp">Its timestamp.</param>
    /// <param name="row">Its row in the operator's batch; -1 = not known.</param>
    /// <exception cref="UserCodeException">The run has to fail.</exception>
    public void OnRecord<T>(Exception cause, T value, long timestamp, int row = -1) => OnRecord(cause, value, timestamp, task.Origin, row);

    /// <summary>The same for a record that has been kept for a while.</summary>
    public void OnRecord<T>(Exception cause, T value, long timestamp, RecordOrigin origin, int row = -1) =>
        Handle(
            new UserCodeException(
                uid,
                name,
                "a record",
                $"The record: \"{RecordText.Of(value)}\", timestamp {RecordText.OfTime(timestamp)}. ",
                cause
            )
            {
                Origin = origin,
                Row = row,
            },
            value,
            timestamp,
            key: null,
            window: null
        );

    /// <summary>The same for a function that takes batches: only that of a single record can be left out.</summary>
    public void OnBatch<T>(Exception cause, ReadOnlySpan<T> values, ReadOnlySpan<long> timestamps)
    {
        if (values.Length != 1)
        {
            throw new UserCodeException(uid, name, $"a batch of {values.Length} records", "", cause);
        }

        OnRecord(cause, values[0], timestamps[0], row: 0);
    }

    /// <summary>The same for a record of a key.</summary>
    public void OnKeyedRecord<TKey, T>(Exception cause, TKey key, T value, long timestamp, int row = -1)
    {
        string text = RecordText.Of(key);
        Handle(
            new UserCodeException(
                uid,
                name,
                "a record",
                $"The record: \"{RecordText.Of(value)}\", key \"{text}\", timestamp {RecordText.OfTime(timestamp)}. ",
                cause
            )
            {
                Origin = task.Origin,
                Row = row,
            },
            value,
            timestamp,
            text,
            window: null
        );
    }

    /// <summary>Deals with what a function threw for that has no single record: the result of a window, a timer, a match.</summary>
    /// <param name="cause">What was thrown.</param>
    /// <param name="subject">What it is: "a window".</param>
    /// <param name="key">The key.</param>
    /// <param name="window">The window or time.</param>
    /// <param name="value">What the function was given.</param>
    /// <param name="timestamp">The timestamp that its results would have had.</param>
    public void OnResult<TKey, T>(Exception cause, string subject, TKey key, string window, T value, long timestamp)
    {
        string text = RecordText.Of(key);
        Handle(
            new UserCodeException(uid, name, subject, $"It was {window} of key \"{text}\", given \"{RecordText.Of(value)}\". ", cause),
            value,
            timestamp,
            text,
            window
        );
    }

    private void Handle<T>(UserCodeException error, T value, long timestamp, string? key, string? window)
    {
        // User code may say itself that the job has to end.
        UserCodeErrorAction action = RestartSuppression.Find(error) is null ? task.Policy.Decide(error) : UserCodeErrorAction.Fail;
        if (action is not (UserCodeErrorAction.Skip or UserCodeErrorAction.DeadLetter))
        {
            throw error;
        }

        task.AddError();
        if (action is UserCodeErrorAction.DeadLetter && task.IsFirstLetter(error.Origin))
        {
            task.Letters!(LetterOf(error, value, timestamp, key, window), timestamp);
        }

        Write(error, action);
    }

    private DeadLetter LetterOf<T>(UserCodeException error, T value, long timestamp, string? key, string? window) =>
        new()
        {
            JobName = task.Job,
            OperatorUid = uid,
            OperatorName = name,
            Exception = $"{error.InnerException!.GetType().FullName}: {error.InnerException.Message}",
            Original = task.FindOriginal(error.Origin),
            Topic = error.Topic,
            Partition = error.Partition,
            Offset = error.Offset,
            Timestamp = timestamp,
            Key = key,
            Window = window,
            Record = RecordText.ToJson(value),
        };

    private void Write(UserCodeException error, UserCodeErrorAction action)
    {
        long now = task.Time.GetTimestamp();
        if (_lastLogged is { } last && task.Time.GetElapsedTime(last, now) < LogInterval)
        {
            _suppressed++;
            return;
        }

        string suppressed =
            _suppressed == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({_suppressed} more since the last line)");
        if (action is UserCodeErrorAction.DeadLetter)
        {
            Log.RecordDeadLettered(task.Logger, error, task.Job, uid, suppressed);
        }
        else
        {
            Log.RecordSkipped(task.Logger, error, task.Job, uid, suppressed);
        }

        (_lastLogged, _suppressed) = (now, 0);
    }
}
