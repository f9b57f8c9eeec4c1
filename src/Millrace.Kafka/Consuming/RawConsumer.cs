using Microsoft.Extensions.Logging;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Consuming;

/// <summary>
/// A consumer on librdkafka's batch queue: 0 bytes and no object per record. One thread at a time.
/// <code>
/// Created -> Assign / Subscribe -> Read* -> Disposed
/// </code>
/// </summary>
internal sealed unsafe class RawConsumer : IDisposable
{
    private readonly ClientCallbacks _callbacks;
    private readonly KafkaHandle _client;
    private readonly QueueHandle _queue;
    private bool _disposed;

    /// <summary>
    /// Creates a consumer. <c>group.id</c> must be among the properties: librdkafka wants one even for assigned partitions.
    /// </summary>
    internal RawConsumer(IReadOnlyDictionary<string, string> properties, ILogger logger, IRebalanceListener? rebalance = null)
    {
        _callbacks = new ClientCallbacks(logger) { Rebalance = rebalance };
        _client = KafkaClient.Create(KafkaClient.Consumer, properties, _callbacks);
        KafkaErrors.ThrowIfError(NativeMethods.rd_kafka_poll_set_consumer(_client), "Creating a Kafka consumer");
        _queue = QueueHandle.OfConsumer(_client);
    }

    internal KafkaHandle Client => _client;

    /// <summary>
    /// Fills <paramref name="batch"/> with what has been fetched; waits up to <paramref name="maxWait"/> only while nothing has.
    /// </summary>
    /// <returns>Number of messages and events in the batch.</returns>
    internal int Read(MessageBatch batch, TimeSpan maxWait)
    {
        int count = batch.Fill(_queue, Milliseconds(maxWait));
        if (_callbacks.Failure is { } failure)
        {
            _callbacks.Failure = null;
            throw failure;
        }

        return count;
    }

    internal void Subscribe(IReadOnlyCollection<string> topics)
    {
        using TopicPartitionList list = TopicPartitionList.Create(topics.Count);
        foreach (string topic in topics)
        {
            list.Add(topic, -1);
        }

        KafkaErrors.ThrowIfError(NativeMethods.rd_kafka_subscribe(_client, list.Native), "Subscribing to topics");
    }

    /// <summary>Adds partitions to those read, each from the offset in the list.</summary>
    internal void Assign(TopicPartitionList partitions)
    {
        bool held = false;
        try
        {
            _client.DangerousAddRef(ref held);
            nint error = NativeMethods.rd_kafka_incremental_assign(_client.DangerousGetHandle(), partitions.Native);
            KafkaErrors.ThrowIfError(error, "Assigning partitions");
        }
        finally
        {
            if (held)
            {
                _client.DangerousRelease();
            }
        }
    }

    internal void Unassign(TopicPartitionList partitions)
    {
        bool held = false;
        try
        {
            _client.DangerousAddRef(ref held);
            nint error = NativeMethods.rd_kafka_incremental_unassign(_client.DangerousGetHandle(), partitions.Native);
            KafkaErrors.ThrowIfError(error, "Unassigning partitions");
        }
        finally
        {
            if (held)
            {
                _client.DangerousRelease();
            }
        }
    }

    /// <summary>Reading goes on from other offsets; what was fetched before is discarded.</summary>
    internal void Seek(TopicPartitionList partitions, TimeSpan timeout)
    {
        KafkaErrors.ThrowIfError(NativeMethods.rd_kafka_seek_partitions(_client, partitions.Native, Milliseconds(timeout)), "Seek");
        partitions.ThrowIfAnyFailed("Seek");
    }

    internal void Pause(TopicPartitionList partitions)
    {
        KafkaErrors.ThrowIfError(NativeMethods.rd_kafka_pause_partitions(_client, partitions.Native), "Pause");
        partitions.ThrowIfAnyFailed("Pause");
    }

    internal void Resume(TopicPartitionList partitions)
    {
        KafkaErrors.ThrowIfError(NativeMethods.rd_kafka_resume_partitions(_client, partitions.Native), "Resume");
        partitions.ThrowIfAnyFailed("Resume");
    }

    /// <summary>Publishes offsets as the group's; fire and forget unless <paramref name="wait"/>.</summary>
    internal void Commit(TopicPartitionList offsets, bool wait)
    {
        KafkaErrors.ThrowIfError(NativeMethods.rd_kafka_commit(_client, offsets.Native, wait ? 0 : 1), "Committing the group's offsets");
        if (wait)
        {
            offsets.ThrowIfAnyFailed("Committing the group's offsets");
        }
    }

    /// <summary>The end of a partition as the last fetch saw it; negative before the first. Asks nobody.</summary>
    internal long KnownEnd(string topic, int partition)
    {
        long low;
        long high;
        int code = NativeMethods.rd_kafka_get_watermark_offsets(_client, topic, partition, &low, &high);
        return code == ErrorCodes.NoError ? high : LogicalOffset.Invalid;
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;

        // librdkafka hangs in close while an application still holds a queue.
        _queue.Dispose();
        _ = NativeMethods.rd_kafka_consumer_close(_client);
        _client.Dispose();
    }

    private static int Milliseconds(TimeSpan time) => (int)Math.Clamp(Math.Ceiling(time.TotalMilliseconds), 0, int.MaxValue);
}
