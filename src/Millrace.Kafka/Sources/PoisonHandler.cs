using Microsoft.Extensions.Logging;
using Millrace.Connectors;

namespace Millrace.Kafka.Sources;

/// <summary>Carries out a source's <see cref="DeserializationErrorPolicy"/>.</summary>
internal sealed class PoisonHandler<T>(KafkaSourceSettings<T> settings, ConnectorContext context, ILogger logger) : IDisposable
{
    private readonly string _schema = (settings.ValueSchema ?? (object?)settings.MessageSchema)?.GetType().Name ?? "";
    private DeadLetterWriter? _deadLetters;

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
                Log.RecordSkipped(logger, error, context.OperatorUid);
                break;
            case DeserializationErrorAction.DeadLetter:
                DeadLetterWriter letters = _deadLetters ??= Create(error);
                IsUnflushed = true;
                letters.Write(message, cause);
                Log.RecordDeadLettered(logger, error, context.OperatorUid, letters.Topic);
                break;
            default:
                throw error;
        }

        context.Metrics.AddError();
    }

    /// <summary>Returns when all dead letters are acknowledged.</summary>
    internal void Flush()
    {
        _deadLetters?.Flush();
        IsUnflushed = false;
    }

    public void Dispose() => _deadLetters?.Dispose();

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
