using Confluent.Kafka;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>Writes the input and reads the output of a job.</summary>
internal static class Topics
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static void Write(string brokers, string topic, int partitions, IEnumerable<(int Partition, string Value)> records)
    {
        using IProducer<Null, string> producer = new ProducerBuilder<Null, string>(
            new ProducerConfig { BootstrapServers = brokers, LingerMs = 5 }
        ).Build();
        foreach ((int partition, string value) in records)
        {
            producer.Produce(new TopicPartition(topic, partition % partitions), new Message<Null, string> { Value = value });
        }

        producer.Flush(TimeSpan.FromSeconds(30));
    }

    /// <summary>The values of all committed records of a topic.</summary>
    public static IReadOnlyList<string> Values(string brokers, string topic) => [.. Read(brokers, topic).Select(record => record.Value)];

    /// <summary>All committed records of a topic, with their ids.</summary>
    public static List<(string Value, string? Id)> Read(string brokers, string topic, string idHeader = "millrace-id")
    {
        ConsumerConfig config = new()
        {
            BootstrapServers = brokers,
            GroupId = "reader-" + Guid.NewGuid().ToString("n"),
            AutoOffsetReset = AutoOffsetReset.Earliest,
            IsolationLevel = IsolationLevel.ReadCommitted,
            EnablePartitionEof = true,
            EnableAutoCommit = false,
            FetchWaitMaxMs = 20,
        };
        using IConsumer<Ignore, string> consumer = new ConsumerBuilder<Ignore, string>(config).Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, Offset.Beginning));
        List<(string, string?)> records = [];
        while (true)
        {
            // An empty answer is no end: the broker of a busy machine may be slow.
            ConsumeResult<Ignore, string> result =
                consumer.Consume(Patience)
                ?? throw new TimeoutException($"Topic '{topic}': {records.Count} records and no end within {Patience}.");
            if (result.IsPartitionEOF)
            {
                break;
            }

            string? id =
                result.Message.Headers?.TryGetLastBytes(idHeader, out byte[] bytes) == true
                    ? System.Text.Encoding.UTF8.GetString(bytes)
                    : null;
            records.Add((result.Message.Value, id));
        }

        consumer.Close();
        return records;
    }
}
