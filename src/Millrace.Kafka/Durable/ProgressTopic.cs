using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;
using Millrace.Kafka.Consuming;
using Millrace.Kafka.Interop;
using Millrace.Ledger;

namespace Millrace.Kafka.Durable;

/// <summary>The compacted topic that holds the progress markers of exactly-once sinks, all in one partition.</summary>
internal static unsafe class ProgressTopic
{
    internal const string Name = "millrace-progress";
    private const int BatchSize = 1000;
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(100);

    internal static byte[] Encode(long marker) => Encoding.UTF8.GetBytes(marker.ToString(CultureInfo.InvariantCulture));

    /// <summary>Creates the topic where it is missing.</summary>
    internal static void Ensure(IReadOnlyDictionary<string, string> connection, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using IAdminClient admin = new AdminClientBuilder(connection).Build();

        // All topics are asked for: a question for this one alone may create it, and then without compaction.
        if (admin.GetMetadata(timeout).Topics.Exists(topic => topic.Topic == Name && !topic.Error.IsError))
        {
            return;
        }

        TopicSpecification specification = new()
        {
            Name = Name,
            NumPartitions = 1,
            ReplicationFactor = -1,
            Configs = new Dictionary<string, string>(StringComparer.Ordinal) { ["cleanup.policy"] = "compact" },
        };
        try
        {
            admin
                .CreateTopicsAsync([specification], new CreateTopicsOptions { RequestTimeout = timeout, OperationTimeout = timeout })
                .GetAwaiter()
                .GetResult();
        }
        catch (CreateTopicsException e)
            when (e.Results.TrueForAll(result => result.Error.Code is ErrorCode.TopicAlreadyExists or ErrorCode.NoError))
        {
            // Another task was first.
        }

        // Readers and the transactional producer would fail with a topic that its creation's answer has overtaken.
        _ = NewTopics.Await(() => Led(admin, timeout), NewTopics.Patience(connection), cancellationToken);
    }

    /// <summary>The last committed marker of a key; <see cref="SinkProgress.None"/> without one.</summary>
    internal static long Read(
        IReadOnlyDictionary<string, string> connection,
        ReadOnlySpan<byte> key,
        ILogger logger,
        TimeProvider time,
        TimeSpan timeout,
        CancellationToken cancellationToken
    )
    {
        // Open transactions of other tasks hold committed readers back, so the end is where uncommitted readers see it.
        long end = End(connection, logger, timeout, cancellationToken);
        long marker = SinkProgress.None;
        long start = time.GetTimestamp();
        using RawConsumer consumer = new(Properties(connection, "read_committed"), logger);
        using MessageBatch batch = new(BatchSize);
        using (TopicPartitionList assigned = TopicPartitionList.Create(1))
        {
            assigned.Add(Name, 0, LogicalOffset.Beginning);
            consumer.Assign(assigned);
        }

        long position = 0;
        while (position < end)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (time.GetElapsedTime(start) > timeout)
            {
                throw new TimeoutException(
                    $"Topic '{Name}' could be read up to {position} of {end} within {timeout}: an open transaction holds readers back, or "
                        + "the broker does not answer."
                );
            }

            int count = consumer.Read(batch, Wait);
            for (int i = 0; i < count; i++)
            {
                RdKafkaMessage* message = batch[i];
                if (NewTopics.MayBeNew(message->Error))
                {
                    continue;
                }

                if (message->Error is not (ErrorCodes.NoError or ErrorCodes.PartitionEof))
                {
                    KafkaErrors.Throw(message->Error, $"Reading topic '{Name}'");
                }

                position = Math.Max(position, message->Error == ErrorCodes.NoError ? message->Offset + 1 : message->Offset);
                if (
                    message->Error == ErrorCodes.NoError
                    && new ReadOnlySpan<byte>(message->Key, (int)message->KeyLength).SequenceEqual(key)
                )
                {
                    marker = long.Parse(new ReadOnlySpan<byte>(message->Value, (int)message->ValueLength), CultureInfo.InvariantCulture);
                }
            }
        }

        return marker;
    }

    private static long End(
        IReadOnlyDictionary<string, string> connection,
        ILogger logger,
        TimeSpan timeout,
        CancellationToken cancellationToken
    )
    {
        using RawConsumer consumer = new(Properties(connection, "read_uncommitted"), logger);
        TimeSpan patience = NewTopics.Patience(connection);
        _ = NewTopics.Await(() => OffsetQueries.PartitionCount(consumer.Client, Name, timeout), patience, cancellationToken);
        return NewTopics.Await(() => OffsetQueries.Watermarks(consumer.Client, Name, 0, timeout).High, patience, cancellationToken);
    }

    private static bool Led(IAdminClient admin, TimeSpan timeout)
    {
        TopicMetadata? topic = admin.GetMetadata(Name, timeout).Topics.Find(found => found.Topic == Name);
        int code = topic is null || topic.Partitions.Count == 0 ? ErrorCodes.UnknownTopicOrPartition : (int)topic.Partitions[0].Error.Code;
        KafkaErrors.ThrowIfError(code, $"Looking for the leader of topic '{Name}'");
        return true;
    }

    private static Dictionary<string, string> Properties(IReadOnlyDictionary<string, string> connection, string isolation) =>
        new(connection, StringComparer.Ordinal)
        {
            [ConnectionProperties.GroupId] = Name,
            ["enable.auto.commit"] = "false",
            ["enable.partition.eof"] = "true",
            ["auto.offset.reset"] = "earliest",
            ["fetch.wait.max.ms"] = "50",
            ["isolation.level"] = isolation,
        };
}
