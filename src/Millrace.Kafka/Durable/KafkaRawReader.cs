using Microsoft.Extensions.Logging;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Kafka.Sources;

namespace Millrace.Kafka.Durable;

/// <summary>Deserializes what a trigger delivers, by the source's schema and error policy.</summary>
internal sealed class KafkaRawReader<T>(KafkaSourceSettings<T> settings, ConnectorContext context, ILogger logger) : IRawRecordReader<T>
{
    private readonly IDeserializationSchema<T>? _valueSchema = settings.ValueSchema;
    private readonly IKafkaDeserializationSchema<T>? _messageSchema = settings.MessageSchema;
    private DeadLetterWriter? _deadLetters;
    private bool _unflushed;

    public void Read(RawRecord record, RecordBatch<T> output)
    {
        try
        {
            if (_valueSchema is not null)
            {
                if (record.Value is { } value) output.Add(_valueSchema.Deserialize(value.Span), record.Timestamp);
            }
            else if (_messageSchema!.TryDeserialize(new KafkaMessage(record), out T message))
            {
                output.Add(message, record.Timestamp);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException || !context.CancellationToken.IsCancellationRequested)
        {
            OnUnreadable(record, e);
        }
    }

    public Task FlushAsync(CancellationToken cancellationToken)
    {
        if (!_unflushed) return Task.CompletedTask;
        return Task.Run(
            () =>
            {
                _deadLetters!.Flush();
                _unflushed = false;
            },
            cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        _deadLetters?.Dispose();
        return ValueTask.CompletedTask;
    }

    private void OnUnreadable(RawRecord record, Exception cause)
    {
        KafkaMessage message = new(record);
        KafkaDeserializationException error = new(message, (_valueSchema ?? (object)_messageSchema!).GetType().Name, cause);
        switch (settings.ErrorPolicy.Decide(error))
        {
            case DeserializationErrorAction.Skip:
                Log.RecordSkipped(logger, error, context.OperatorUid);
                break;
            case DeserializationErrorAction.DeadLetter:
                DeadLetterWriter letters = _deadLetters ??= CreateDeadLetterWriter(error);
                letters.Write(message, cause);
                _unflushed = true;
                Log.RecordDeadLettered(logger, error, context.OperatorUid, letters.Topic);
                break;
            default:
                throw error;
        }

        context.Metrics.AddError();
    }

    private DeadLetterWriter CreateDeadLetterWriter(KafkaDeserializationException error)
    {
        string topic = settings.ErrorPolicy.DeadLetterTopic ?? throw new InvalidOperationException(
            $"Kafka source '{context.OperatorUid}': the policy answers DeadLetter but names no topic; give it to DeserializationErrorPolicy.Of(decide, deadLetterTopic).",
            error);
        return new DeadLetterWriter(settings.DeadLetterProperties(context), topic, context, logger);
    }
}
