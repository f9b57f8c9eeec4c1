using Microsoft.Extensions.Logging;
using Millrace.Connectors;
using Millrace.Kafka.Producing;
using Millrace.Kafka.Sinks;

namespace Millrace.Kafka.Durable;

/// <summary>Sends from an outbox and waits for every acknowledgement. After a failure records may come twice, with the same id.</summary>
internal sealed class AcknowledgedSender<T>(KafkaSinkSettings<T> settings, ConnectorContext context, ILogger logger) : IDurableSinkSender
{
    private RawProducer? _producer;

    public Task SendAsync(IReadOnlyList<DurableSinkRecord> records, CancellationToken cancellationToken) =>
        Task.Run(() => Send(records, cancellationToken), cancellationToken);

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private void Send(IReadOnlyList<DurableSinkRecord> records, CancellationToken cancellationToken)
    {
        RawProducer producer = _producer ??= new RawProducer(
            settings.ProducerProperties(context, transactionalId: null),
            logger,
            context.TimeProvider,
            context.Metrics.SetWaiting
        );
        try
        {
            for (int i = 0; i < records.Count; i++)
            {
                OutboxProducer.Produce(producer, records[i], settings.Properties, context, cancellationToken);
            }

            producer.Flush(settings.FlushTimeout, cancellationToken);
        }
        catch
        {
            // What is left in its queue would come after the repetition.
            Close();
            throw;
        }
    }

    private void Close()
    {
        _producer?.Dispose();
        _producer = null;
    }
}
