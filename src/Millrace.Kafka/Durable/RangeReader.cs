using Microsoft.Extensions.Logging;
using Millrace.Connectors;
using Millrace.Kafka.Consuming;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Durable;

/// <summary>Reads ranges of offsets with one consumer, one at a time.</summary>
internal sealed unsafe class RangeReader : IDisposable
{
    private const int BatchSize = 4096;
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(200);

    private readonly RawConsumer _consumer;
    private readonly MessageBatch _messages = new(BatchSize);
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;

    internal RangeReader(IReadOnlyDictionary<string, string> properties, ILogger logger, TimeProvider time, TimeSpan timeout)
    {
        _consumer = new RawConsumer(properties, logger);
        _time = time;
        _timeout = timeout;
    }

    internal KafkaHandle Client => _consumer.Client;

    internal RawRecordRange Read(string topic, int partition, long from, long to, int maxRecords, CancellationToken cancellationToken)
    {
        using TopicPartitionList assigned = TopicPartitionList.Create(1);
        assigned.Add(topic, partition, from);

        // librdkafka looks for the leader at once only when it knows the topic.
        _ = OffsetQueries.PartitionCount(_consumer.Client, topic, _timeout);
        _consumer.Assign(assigned);
        try
        {
            return ReadAssigned(topic, partition, from, to, maxRecords, cancellationToken);
        }
        finally
        {
            _messages.Clear();
            _consumer.Unassign(assigned);
        }
    }

    public void Dispose()
    {
        _messages.Dispose();
        _consumer.Dispose();
    }

    private RawRecordRange ReadAssigned(
        string topic,
        int partition,
        long from,
        long to,
        int maxRecords,
        CancellationToken cancellationToken
    )
    {
        List<RawRecord> records = [];
        long covered = from - 1;
        long progress = _time.GetTimestamp();
        while (covered < to)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = _consumer.Read(_messages, Wait);
            for (int i = 0; i < count; i++)
            {
                RdKafkaMessage* message = _messages[i];
                if (message->Partition != partition)
                {
                    continue;
                }

                if (message->Error == ErrorCodes.PartitionEof)
                {
                    // The end, or the beginning of an open transaction: more there is not to be read now.
                    return new RawRecordRange(records, Math.Min(to, Math.Max(covered, message->Offset - 1)));
                }

                if (message->Error != ErrorCodes.NoError)
                {
                    KafkaErrors.Throw(message->Error, $"Reading {topic} [{partition}] from offset {from}");
                }

                if (message->Offset > to)
                {
                    return new RawRecordRange(records, to);
                }

                records.Add(Copy(message, topic));
                covered = message->Offset;
                if (covered >= to || records.Count >= maxRecords)
                {
                    return new RawRecordRange(records, covered);
                }
            }

            if (count > 0)
            {
                progress = _time.GetTimestamp();
            }
            else if (_time.GetElapsedTime(progress) > _timeout)
            {
                ThrowTimeout(topic, partition, from, to);
            }
        }

        return new RawRecordRange(records, covered);
    }

    private void ThrowTimeout(string topic, int partition, long from, long to) =>
        throw new TimeoutException(
            $"Reading {topic} [{partition}] offsets {from} to {to}: nothing came within {_timeout}. Check that the broker is reachable, or "
                + "raise it with SetRequestTimeout."
        );

    private static RawRecord Copy(RdKafkaMessage* message, string topic)
    {
        int type;
        return new KafkaMessage(message, topic, NativeMethods.rd_kafka_message_timestamp(message, &type)).ToRaw();
    }
}
