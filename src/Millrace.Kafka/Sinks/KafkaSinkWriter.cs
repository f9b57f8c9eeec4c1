using Microsoft.Extensions.Logging;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Kafka.Producing;

namespace Millrace.Kafka.Sinks;

/// <summary>Writes without transactions: at least once, or as best it can.</summary>
internal sealed class KafkaSinkWriter<T> : ISinkWriter<T>
{
    private readonly KafkaSinkSettings<T> _settings;
    private readonly ConnectorContext _context;
    private readonly RecordEncoder<T> _encoder;
    private readonly RawProducer _producer;
    private readonly bool _awaits;

    internal KafkaSinkWriter(KafkaSinkSettings<T> settings, ConnectorContext context, ILogger logger)
    {
        _settings = settings;
        _context = context;
        _awaits = settings.Guarantee is DeliveryGuarantee.AtLeastOnce;
        _encoder = new RecordEncoder<T>(settings, context, logger);
        _producer = new RawProducer(
            settings.ProducerProperties(context, transactionalId: null),
            logger,
            context.TimeProvider,
            context.Metrics.SetWaiting
        )
        {
            OnTolerated = _awaits ? null : Tolerate,
        };

        void Tolerate(KafkaClientException failure)
        {
            context.Metrics.AddError();
            Log.DeliveryFailed(logger, failure, context.OperatorUid, context.TaskIndex);
        }
    }

    public void Write(RecordBatch<T> batch) => _encoder.Write(batch, _producer);

    public void Flush(bool endOfInput)
    {
        if (_awaits || endOfInput)
        {
            _producer.Flush(_settings.FlushTimeout, _context.CancellationToken);
        }
    }

    public ValueTask DisposeAsync()
    {
        _encoder.Dispose();
        _producer.Dispose();
        return ValueTask.CompletedTask;
    }
}
