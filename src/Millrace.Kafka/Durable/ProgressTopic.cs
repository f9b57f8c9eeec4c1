using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;
using Millrace.Connectors;
using Millrace.Kafka.Consuming;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Durable;

/// <summary>
/// The compacted topic that holds the progress markers of exactly-once sinks. They are all written to one partition; markers of other
/// partitions are from when the key's hash chose it, in a topic that had several.
/// </summary>
internal static unsafe class ProgressTopic
{
    internal const string Name = "millrace-progress";

    /// <summary>Where markers are written.</summary>
    internal const int Partition = 0;

    private const string Policy = "cleanup.policy";
    private const string Compact = "compact";
    private const int BatchSize = 1000;
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(100);

    internal static byte[] Encode(long marker) => Encoding.UTF8.GetBytes(marker.ToString(CultureInfo.InvariantCulture));

    /// <summary>Creates the topic where it is missing, and looks whether it keeps markers.</summary>
    /// <exception cref="SuppressRestartsException">It does not.</exception>
    internal static void Ensure(
        IReadOnlyDictionary<string, string> connection,
        ILogger logger,
        TimeSpan timeout,
        CancellationToken cancellationToken
    )
    {
        using IAdminClient admin = new AdminClientBuilder(connection).Build();

        // All topics are asked for: a question for this one alone may create it, and then without compaction. Creating it without a
        // question would need the right to, where the topic is there already.
        if (!admin.GetMetadata(timeout).Topics.Exists(topic => topic.Topic == Name && !topic.Error.IsError))
        {
            Create(admin, timeout);

            // Readers and the transactional producer would fail with a topic that its creation's answer has overtaken.
            _ = NewTopics.Await(() => Led(admin, timeout), NewTopics.Patience(connection), cancellationToken);
        }

        Check(PolicyOf(admin, logger, timeout), logger);
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
        // Open transactions of other tasks hold committed readers back, so the ends are where uncommitted readers see them.
        long[] ends = Ends(connection, logger, timeout, cancellationToken);
        long[] positions = new long[ends.Length];
        long marker = SinkProgress.None;
        long start = time.GetTimestamp();
        using RawConsumer consumer = new(Properties(connection, "read_committed"), logger);
        using MessageBatch batch = new(BatchSize);
        using (TopicPartitionList assigned = TopicPartitionList.Create(ends.Length))
        {
            for (int partition = 0; partition < ends.Length; partition++)
            {
                assigned.Add(Name, partition, LogicalOffset.Beginning);
            }

            consumer.Assign(assigned);
        }

        while (FirstBehind(positions, ends) is var behind and >= 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (time.GetElapsedTime(start) > timeout)
            {
                throw new TimeoutException(
                    $"Topic '{Name}' could be read up to {positions[behind]} of {ends[behind]} in partition {behind} within {timeout}: an "
                        + "open transaction holds readers back, or the broker does not answer."
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

                ref long position = ref positions[message->Partition];
                position = Math.Max(position, message->Error == ErrorCodes.NoError ? message->Offset + 1 : message->Offset);
                if (
                    message->Error == ErrorCodes.NoError
                    && new ReadOnlySpan<byte>(message->Key, (int)message->KeyLength).SequenceEqual(key)
                )
                {
                    // Markers of a key only rise, so the greatest is the last, whatever partitions they are in.
                    ReadOnlySpan<byte> value = new(message->Value, (int)message->ValueLength);
                    marker = Math.Max(marker, long.Parse(value, CultureInfo.InvariantCulture));
                }
            }
        }

        return marker;
    }

    private static int FirstBehind(long[] positions, long[] ends)
    {
        for (int partition = 0; partition < ends.Length; partition++)
        {
            if (positions[partition] < ends[partition])
            {
                return partition;
            }
        }

        return -1;
    }

    private static long[] Ends(
        IReadOnlyDictionary<string, string> connection,
        ILogger logger,
        TimeSpan timeout,
        CancellationToken cancellationToken
    )
    {
        using RawConsumer consumer = new(Properties(connection, "read_uncommitted"), logger);
        TimeSpan patience = NewTopics.Patience(connection);
        int partitions = NewTopics.Await(() => OffsetQueries.PartitionCount(consumer.Client, Name, timeout), patience, cancellationToken);
        long[] ends = new long[partitions];
        for (int partition = 0; partition < partitions; partition++)
        {
            int asked = partition;
            ends[partition] = NewTopics.Await(
                () => OffsetQueries.Watermarks(consumer.Client, Name, asked, timeout).High,
                patience,
                cancellationToken
            );
        }

        return ends;
    }

    private static void Create(IAdminClient admin, TimeSpan timeout)
    {
        TopicSpecification specification = new()
        {
            Name = Name,
            NumPartitions = 1,
            ReplicationFactor = -1,
            Configs = new Dictionary<string, string>(StringComparer.Ordinal) { [Policy] = Compact },
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
            // Another task was first, or a client's question.
        }
    }

    /// <summary>The topic's policy; <see langword="null"/> where the broker does not tell it.</summary>
    private static string? PolicyOf(IAdminClient admin, ILogger logger, TimeSpan timeout)
    {
        try
        {
            List<DescribeConfigsResult> answer = admin
                .DescribeConfigsAsync(
                    [new ConfigResource { Type = ResourceType.Topic, Name = Name }],
                    new DescribeConfigsOptions { RequestTimeout = timeout }
                )
                .GetAwaiter()
                .GetResult();
            if (answer[0].Entries.TryGetValue(Policy, out ConfigEntryResult? entry) && !string.IsNullOrEmpty(entry.Value))
            {
                return entry.Value;
            }

            Log.ProgressTopicUnchecked(logger, null, Name, Policy, Compact);
        }
        catch (KafkaException exception)
        {
            // Not everybody may ask.
            Log.ProgressTopicUnchecked(logger, exception, Name, Policy, Compact);
        }

        return null;
    }

    private static void Check(string? policy, ILogger logger)
    {
        if (policy is null or Compact)
        {
            return;
        }

        if (!policy.Split(',', StringSplitOptions.TrimEntries).Contains(Compact, StringComparer.Ordinal))
        {
            throw new SuppressRestartsException(
                $"Topic '{Name}' has the progress of exactly-once sinks, but its {Policy} is '{policy}', expected '{Compact}': the broker "
                    + "would delete the progress after the topic's retention, and sinks would write again what they have written. "
                    + "Something other than Millrace has made the topic. Run kafka-configs --alter --entity-type topics --entity-name "
                    + $"{Name} --add-config {Policy}={Compact}, then resume the job."
            );
        }

        Log.ProgressTopicDeletes(logger, Name, Policy, policy, Compact);
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
