using System.Globalization;
using Microsoft.Extensions.Logging;
using Millrace.Connectors;

namespace Millrace.Kafka.Sources;

/// <summary>Carries out a source's <see cref="DeserializationErrorPolicy"/>.</summary>
/// <param name="settings">The source.</param>
/// <param name="context">Its task.</param>
/// <param name="logger">Takes what is left out.</param>
/// <param name="isDeferred">Whether letters are kept until they are flushed, so that what fails before leaves none.</param>
internal sealed class PoisonHandler<T>(KafkaSourceSettings<T> settings, ConnectorContext context, ILogger logger, bool isDeferred = false)
    : IDisposable
{
    private static readonly TimeSpan NoteInterval = TimeSpan.FromSeconds(1);
    private readonly string _owner = $"{context.JobName}/{context.OperatorUid}";
    private readonly List<(Letter Letter, KafkaDeserializationException Error)> _deferred = [];
    private readonly string _schema = DeserializationSchema.NameOf(settings.ValueSchema ?? (object?)settings.MessageSchema);
    private DeadLetterWriter? _deadLetters;
    private long? _lastNoted;
    private long _suppressed;

    /// <summary>Whether <see cref="Flush"/> has something to wait for.</summary>
    internal bool IsUnflushed { get; private set; }

    /// <summary>
    /// Deals with a record that could not be deserialized: returns when it may be left behind, throws when the run has to fail.
    /// </summary>
    internal void Handle(in KafkaMessage message, Exception cause)
    {
        KafkaDeserializationException error = new(message, _schema, cause);
        switch (settings.ErrorPolicy.Decide(error))
        {
            case DeserializationErrorAction.Skip:
                Note(error, topic: null);
                break;
            case DeserializationErrorAction.DeadLetter when settings.ErrorPolicy.DeadLetterSink is { } sink:
                HandOver(message, cause, error, sink);
                break;
            case DeserializationErrorAction.DeadLetter:
                IsUnflushed = true;
                _deferred.Add((Letter.Of(message, cause, _owner), error));
                if (!isDeferred)
                {
                    WriteDeferred();
                }

                break;
            default:
                throw error;
        }

        context.Metrics.AddError();
    }

    /// <summary>Returns when all dead letters are acknowledged.</summary>
    internal void Flush()
    {
        WriteDeferred();
        _deadLetters?.Flush();
        IsUnflushed = false;
    }

    public void Dispose() => _deadLetters?.Dispose();

    private void HandOver(in KafkaMessage message, Exception cause, KafkaDeserializationException error, ISink<DeadLetter> sink)
    {
        Action<DeadLetter> letters =
            context.Letters
            ?? throw new InvalidOperationException(
                $"Kafka source '{context.OperatorUid}': the policy writes dead letters to a sink, but whoever runs the source takes none "
                    + "(ConnectorContext.Letters); use DeserializationErrorPolicy.DeadLetter(topic), or run it in a job.",
                error
            );
        letters(
            new DeadLetter
            {
                JobName = context.JobName,
                OperatorUid = context.OperatorUid,
                OperatorName = context.OperatorUid,
                Exception = Letter.ReasonOf(cause),
                Original = message.ToRaw(),
                Topic = message.Topic,
                Partition = message.Partition,
                Offset = message.Offset,
                Timestamp = Math.Max(message.Timestamp, 0),
            }
        );
        Note(error, string.Join(", ", sink.Topics.Select(topic => topic.Name)));
    }

    // One line a second: a topic of another format has nothing else.
    private void Note(KafkaDeserializationException error, string? topic)
    {
        long now = context.TimeProvider.GetTimestamp();
        if (_lastNoted is { } last && context.TimeProvider.GetElapsedTime(last, now) < NoteInterval)
        {
            _suppressed++;
            return;
        }

        string suppressed =
            _suppressed == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({_suppressed} more since the last line)");
        if (topic is null)
        {
            Log.RecordSkipped(logger, context.OperatorUid, suppressed, error.Problem);
        }
        else
        {
            Log.RecordDeadLettered(logger, context.OperatorUid, topic, suppressed, error.Problem);
        }

        (_lastNoted, _suppressed) = (now, 0);
    }

    private void WriteDeferred()
    {
        foreach ((Letter letter, KafkaDeserializationException error) in _deferred)
        {
            DeadLetterWriter letters = _deadLetters ??= Create(error);
            letters.Write(letter);
            Note(error, letters.Topic);
        }

        _deferred.Clear();
    }

    private DeadLetterWriter Create(KafkaDeserializationException error)
    {
        string topic =
            settings.ErrorPolicy.DeadLetterTopic
            ?? throw new InvalidOperationException(
                $"Kafka source '{context.OperatorUid}': the policy answers DeadLetter but names no topic; give it to "
                    + "DeserializationErrorPolicy.Of(decide, deadLetterTopic).",
                error
            );
        return new DeadLetterWriter(settings.DeadLetterProperties(context), topic, settings.ErrorPolicy.DeadLetters, context, logger);
    }
}
