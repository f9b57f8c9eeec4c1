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
    private readonly PoisonHandler<T> _poison = new(settings, context, logger, isDeferred: true);
    private readonly ExternalServiceRetry _retry = new($"Kafka source '{context.OperatorUid}'", settings.RequestTimeout, context, logger);
    private long _read;

    public void Read(RawRecord record, RecordBatch<T> output)
    {
        _read++;
        while (!TryRead(record, output)) { }
    }

    public Task FlushAsync(CancellationToken cancellationToken) =>
        _poison.IsUnflushed ? Task.Run(_poison.Flush, cancellationToken) : Task.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _poison.Dispose();
        return ValueTask.CompletedTask;
    }

    private bool TryRead(RawRecord record, RecordBatch<T> output)
    {
        try
        {
            if (_valueSchema is not null)
            {
                if (record.Value is { } value)
                {
                    output.Add(_valueSchema.Deserialize(value.Span), record.Timestamp);
                }
            }
            else if (_messageSchema!.TryDeserialize(new KafkaMessage(record), out T message))
            {
                output.Add(message, record.Timestamp);
            }
        }
        catch (ExternalServiceException e)
        {
            _retry.Wait(e, _read);
            return false;
        }
        catch (Exception e)
            when (e is not ISuppressRestarts { SuppressesRestarts: true }
                && (e is not OperationCanceledException || !context.CancellationToken.IsCancellationRequested)
            )
        {
            _poison.Handle(new KafkaMessage(record), e);
        }

        return true;
    }
}
