using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Millrace.Api;
using Millrace.Connectors;
using Millrace.Kafka;

namespace Millrace.Embedded.Tests.EndToEnd;

/// <summary>Fills and reads topics of a broker.</summary>
/// <param name="bootstrapServers">The broker.</param>
internal sealed class KafkaTopics(string bootstrapServers)
{
    public string BootstrapServers { get; } = bootstrapServers;

    public Dictionary<string, string> Properties => new(StringComparer.Ordinal) { ["bootstrap.servers"] = BootstrapServers };

    public async Task CreateAsync(string topic, int partitions)
    {
        System.Runtime.CompilerServices.RuntimeHelpers.RunModuleConstructor(typeof(SimpleStringSchema).Module.ModuleHandle);
        using IAdminClient admin = new AdminClientBuilder(Properties).Build();
        await admin.CreateTopicsAsync([
            new TopicSpecification
            {
                Name = topic,
                NumPartitions = partitions,
                ReplicationFactor = 1,
            },
        ]);
    }

    /// <summary>Writes values, the n-th to partition n mod partitions.</summary>
    public void Fill(string topic, int partitions, IEnumerable<string> values)
    {
        System.Runtime.CompilerServices.RuntimeHelpers.RunModuleConstructor(typeof(SimpleStringSchema).Module.ModuleHandle);
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(
            new Dictionary<string, string>(Properties, StringComparer.Ordinal)
            {
                ["linger.ms"] = "5",
                ["queue.buffering.max.messages"] = "2000000",
            }
        ).Build();
        int number = 0;
        string? failure = null;
        foreach (string value in values)
        {
            TopicPartition partition = new(topic, number++ % partitions);
            producer.Produce(
                partition,
                new Message<Null, byte[]> { Value = Encoding.UTF8.GetBytes(value) },
                report => failure ??= report.Error.IsError ? report.Error.Reason : null
            );
        }

        producer.Flush(Deadline.Token());
        if (failure is not null)
        {
            throw new InvalidOperationException($"Filling '{topic}' failed: {failure}");
        }
    }

    /// <summary>All committed values of a topic.</summary>
    public async Task<IReadOnlyList<string>> ReadAsync(string topic)
    {
        StreamExecutionEnvironment env = new();
        CollectSink<string> values = new();
        env.FromSource(
                KafkaSource
                    .Builder<string>()
                    .SetProperties(Properties)
                    .SetTopics(topic)
                    .SetBounded(OffsetsInitializer.Latest())
                    .SetDeserializer(SimpleStringSchema.Instance)
                    .Build()
            )
            .SinkTo(values);
        await env.ExecuteAsync("read", Deadline.Token());
        return values.Records;
    }

    public static IEnumerable<string> Numbers(int count) =>
        Enumerable.Range(0, count).Select(i => i.ToString(CultureInfo.InvariantCulture));
}
