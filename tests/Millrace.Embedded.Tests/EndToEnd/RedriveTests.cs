using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Millrace.Api;
using Millrace.Connectors;
using Millrace.Embedded.Cli;
using Millrace.Kafka;
using Xunit;

namespace Millrace.Embedded.Tests.EndToEnd;

public sealed class RedriveTests
{
    private static readonly byte[] Large = [.. Enumerable.Repeat((byte)'x', 20_000)];

    [Fact]
    public async Task ShouldSendTheOriginalBackWithItsNullHeaders_WhenTheLetterIsShortened()
    {
        await using DevBroker.DevBroker broker = await DevBroker.DevBroker.StartAsync();
        KafkaTopics topics = new(broker.BootstrapServers);
        await topics.CreateAsync("in", 1);
        await topics.CreateAsync("dead", 1);
        Produce(topics, "in", Large, new Headers { { "null", null }, { "empty", [] } });
        Produce(topics, "in", "p"u8.ToArray(), new Headers { { "null", null } });
        StreamExecutionEnvironment env = new();
        env.FromSource(
                KafkaSource
                    .Builder<int>()
                    .SetProperties(topics.Properties)
                    .SetTopics("in")
                    .SetBounded(OffsetsInitializer.Latest())
                    .SetDeserializer(DeserializationSchema.Of(static value => int.Parse(value, CultureInfo.InvariantCulture)))
                    .SetDeserializationErrorPolicy(
                        DeserializationErrorPolicy.DeadLetter(
                            "dead",
                            new DeadLetterOptions
                            {
                                WhenTooLarge = OversizedLetterAction.Shorten,
                                ProducerProperties = new Dictionary<string, string> { ["message.max.bytes"] = "10000" },
                            }
                        )
                    )
                    .Build()
            )
            .SinkTo(new DiscardingSink<int>());
        await env.ExecuteAsync("letters", Deadline.Token());

        (int listed, string list, _) = await RunAsync("dlq", "list", "--topic", "dead", "--bootstrap-servers", broker.BootstrapServers);
        (int exitCode, string output, string error) = await RunAsync(
            "dlq",
            "redrive",
            "--topic",
            "dead",
            "--bootstrap-servers",
            broker.BootstrapServers
        );

        Assert.True(listed == 0 && exitCode == 0, output + error);
        Assert.Contains("(shortened, the original has 20000 bytes)", list, StringComparison.Ordinal);
        Assert.Contains("2 dead letter(s) sent back", output, StringComparison.Ordinal);
        List<Message<byte[]?, byte[]?>> records = Read(topics, "in");
        Assert.Equal(4, records.Count);
        Assert.Equal(2, records.Count(record => record.Value!.AsSpan().SequenceEqual(Large)));
        Assert.All(records, record => Assert.Null(record.Headers.GetLastBytes("null")));
        Assert.Equal([], records.Last(record => record.Value!.Length == Large.Length).Headers.GetLastBytes("empty"));
        Assert.DoesNotContain(records, record => record.Headers.TryGetLastBytes(DeadLetterHeaders.OriginalSize, out _));
    }

    [Fact]
    public async Task ShouldSayWhichCannotBeSentBack_WhenTheOriginalOfAShortenedLetterIsGone()
    {
        await using DevBroker.DevBroker broker = await DevBroker.DevBroker.StartAsync();
        KafkaTopics topics = new(broker.BootstrapServers);
        await topics.CreateAsync("in", 1);
        await topics.CreateAsync("dead", 1);
        Produce(topics, "in", "another"u8.ToArray(), []);
        Produce(topics, "dead", "xxx"u8.ToArray(), Origin("in", 0));
        Produce(topics, "dead", "xxx"u8.ToArray(), Origin("in", 99));
        Produce(topics, "dead", "xxx"u8.ToArray(), Origin("nowhere", 5));

        (int exitCode, string output, string error) = await RunAsync(
            "dlq",
            "redrive",
            "--topic",
            "dead",
            "--bootstrap-servers",
            broker.BootstrapServers
        );

        Assert.Equal(CliApplication.Failure, exitCode);
        Assert.Contains(
            "in[0]@0 cannot be sent back: its letter is shortened, and the topic now has another record",
            error,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "in[0]@99 cannot be sent back: its letter is shortened, and the topic no longer has the original",
            error,
            StringComparison.Ordinal
        );
        Assert.Contains("nowhere[0]@5 cannot be sent back", error, StringComparison.Ordinal);
        Assert.Contains("0 dead letter(s) sent back", output, StringComparison.Ordinal);
        Assert.Single(Read(topics, "in"));
    }

    private static Headers Origin(string topic, int offset) =>
        new()
        {
            { DeadLetterHeaders.Topic, Encoding.UTF8.GetBytes(topic) },
            { DeadLetterHeaders.Partition, "0"u8.ToArray() },
            { DeadLetterHeaders.Offset, Encoding.UTF8.GetBytes(offset.ToString(CultureInfo.InvariantCulture)) },
            { DeadLetterHeaders.Attempt, "1"u8.ToArray() },
            { DeadLetterHeaders.OriginalSize, "20000"u8.ToArray() },
        };

    private static void Produce(KafkaTopics topics, string topic, byte[] value, Headers headers)
    {
        System.Runtime.CompilerServices.RuntimeHelpers.RunModuleConstructor(typeof(SimpleStringSchema).Module.ModuleHandle);
        using IProducer<byte[]?, byte[]> producer = new ProducerBuilder<byte[]?, byte[]>(topics.Properties).Build();
        producer.Produce(new TopicPartition(topic, 0), new Message<byte[]?, byte[]> { Value = value, Headers = headers });
        producer.Flush(Deadline.Token());
    }

    private static List<Message<byte[]?, byte[]?>> Read(KafkaTopics topics, string topic)
    {
        Dictionary<string, string> properties = new(topics.Properties, StringComparer.Ordinal)
        {
            ["group.id"] = "g",
            ["enable.partition.eof"] = "true",
        };
        using IConsumer<byte[]?, byte[]?> consumer = new ConsumerBuilder<byte[]?, byte[]?>(properties).Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, Offset.Beginning));
        List<Message<byte[]?, byte[]?>> records = [];
        while (consumer.Consume(Deadline.Token()) is { IsPartitionEOF: false } record)
        {
            records.Add(record.Message);
        }

        return records;
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        await using StringWriter output = new();
        await using StringWriter error = new();
        int exitCode = await CliApplication.RunAsync(
            arguments,
            new CliConsole(TextWriter.Synchronized(output), TextWriter.Synchronized(error), IsTerminal: false),
            Deadline.Token()
        );
        return (exitCode, output.ToString(), error.ToString());
    }
}
