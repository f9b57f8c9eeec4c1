using Microsoft.Extensions.Logging;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Kafka.Producing;

namespace Millrace.Kafka.Sinks;

/// <summary>Serializes the records of a batch and hands them to a producer.</summary>
internal sealed class RecordEncoder<T>(KafkaSinkSettings<T> settings, ConnectorContext context, ILogger logger) : IDisposable
{
    private static readonly TimeSpan MetadataTimeout = TimeSpan.FromSeconds(30);

    private readonly KafkaProducerRecord _record = new();
    private readonly IKafkaSerializationSchema<T> _schema = settings.Schema!;
    private RawProducer? _producer;
    private ProducerTopic? _topic;
    private ExternalServiceRetry? _retry;
    private int _next;
    private long _written;

    internal void Write(RecordBatch<T> batch, RawProducer producer)
    {
        // Topics belong to their producer; a transactional writer changes producers at each checkpoint.
        if (_producer != producer)
        {
            (_producer, _topic) = (producer, null);
        }

        _next = 0;
        while (_next < batch.Count)
        {
            try
            {
                WriteRest(batch, producer);
            }
            catch (ExternalServiceException e)
            {
                // The record is still unwritten: what failed is its schema.
                _retry ??= new ExternalServiceRetry($"Kafka sink '{context.OperatorUid}'", settings.FlushTimeout, context, logger);
                _retry.Wait(e, _written + _next);
            }
        }

        _written += batch.Count;
        producer.Poll();
    }

    public void Dispose() => _record.FreeHeaders();

    // An exception leaves the position at the record that threw.
    private void WriteRest(RecordBatch<T> batch, RawProducer producer)
    {
        ReadOnlySpan<T> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        KafkaProducerRecord record = _record;
        long bytes = 0;
        for (int i = _next; i < values.Length; _next = ++i)
        {
            // No timestamp and times before 1970, which Kafka cannot keep, become the time of writing.
            record.Reset(settings.Topic, Math.Max(timestamps[i], 0));
            try
            {
                _schema.Serialize(values[i], record);
            }
            catch (Exception failure)
                when (failure is not (OutOfMemoryException or ExternalServiceException or ISuppressRestarts { SuppressesRestarts: true }))
            {
                throw new SinkRecordException(i, failure);
            }

            ProducerTopic topic = _topic is { } last && ReferenceEquals(last.Name, record.Topic) ? last : Find(record.Topic, producer, i);
            if (settings.Partitioner is not null)
            {
                Choose(values[i], topic, producer, i);
            }

            bytes += record.Size;
            record.Produce(producer, topic, context.CancellationToken);
        }

        context.Metrics.AddBytes(bytes);
    }

    private ProducerTopic Find(string? name, RawProducer producer, int row)
    {
        if (string.IsNullOrEmpty(name))
        {
            throw new SinkRecordException(
                row,
                new InvalidOperationException(
                    $"Kafka sink '{context.OperatorUid}': a record has no topic. Set one with .SetTopic(...), or have the topic selector "
                        + "or schema name it."
                )
            );
        }

        ProducerTopic topic = producer.Topic(name);
        LoopGuard.Check(topic, settings.Properties, context);
        return _topic = topic;
    }

    private void Choose(T value, ProducerTopic topic, RawProducer producer, int row)
    {
        int count = producer.PartitionCount(topic, MetadataTimeout);
        int partition;
        try
        {
            partition = settings.Partitioner!(value, _record.KeyBytes, count);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            throw new SinkRecordException(row, failure);
        }

        if ((uint)partition >= (uint)count)
        {
            throw new SinkRecordException(
                row,
                new InvalidOperationException(
                    $"Kafka sink '{context.OperatorUid}': the partitioner chose partition {partition} of topic '{topic.Name}', which has "
                        + $"{count}. Return a number in [0, {count})."
                )
            );
        }

        _record.Partition = partition;
    }
}
