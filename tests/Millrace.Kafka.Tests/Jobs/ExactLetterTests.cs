using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Millrace.Api;
using Millrace.Connectors;
using Millrace.Errors;
using Millrace.Kafka.Producing;
using Millrace.Runtime;
using Xunit;

namespace Millrace.Kafka.Tests.Jobs;

/// <summary>Letters that a source hands to a sink are committed with the rest of its checkpoint.</summary>
public sealed class ExactLetterTests : BrokerTest
{
    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("in", 3), ("out", 1), ("dead", 1)];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ShouldWriteALetterOnce_WhenASinkTakesItAndTheRunIsRestarted(bool hasSink)
    {
        Fill("in", 3, 0, 15);
        Produce(Encoding.UTF8.GetBytes("bad"));
        Fill("in", 3, 15, 285);

        JobExecutionResult result = await RunAsync(
            hasSink
                ? DeserializationErrorPolicy.DeadLetter(Exact(KafkaSink.DeadLetters("dead")))
                : DeserializationErrorPolicy.DeadLetter("dead")
        );

        Assert.Equal(1, result.Restarts);
        Assert.Equal(300, (await ReadAllAsync("out")).Distinct(StringComparer.Ordinal).Count());

        // By itself a source writes at least once: the first run has written it too, under the same id.
        List<string> letters = await LettersAsync();
        Assert.Equal(hasSink ? 1 : 2, letters.Count);
        Assert.Equal([$"bad key=k in[1]@5 attempt 1 id=letters/in/in/1/5/1 size="], letters.Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ShouldShortenTheLetter_WhenItIsLargerThanTheSinkMayWrite()
    {
        Fill("in", 3, 0, 300);
        Produce(Encoding.UTF8.GetBytes("bad" + new string('x', 10_000)));

        await RunAsync(DeserializationErrorPolicy.DeadLetter(Exact(KafkaSink.DeadLetters("dead", maxBytes: 4096))));

        string letter = Assert.Single(await LettersAsync());
        Assert.Equal($"bad{new string('x', 1021)} key=k in[1]@100 attempt 1 id=letters/in/in/1/100/1 size=10003", letter);
    }

    [Fact]
    public async Task ShouldNameTheRecordAndTheRemedy_WhenTheTopicDoesNotTakeTheLetter()
    {
        using (IAdminClient admin = new AdminClientBuilder([new("bootstrap.servers", BootstrapServers)]).Build())
        {
            TopicSpecification small = new()
            {
                Name = "small",
                NumPartitions = 1,
                Configs = new() { ["max.message.bytes"] = "9000" },
            };
            await admin.CreateTopicsAsync([small]);
        }

        Fill("in", 3, 0, 9);
        Produce(Encoding.UTF8.GetBytes("bad" + new string('x', 10_000)));

        JobExecutionException error = await Assert.ThrowsAsync<JobExecutionException>(() =>
            RunAsync(DeserializationErrorPolicy.DeadLetter(Exact(KafkaSink.DeadLetters("small"))))
        );

        Assert.Contains("the first for small [0], a dead letter of in [1] @ 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("KafkaSink.DeadLetters(topic, maxBytes)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldNotFenceItself_WhenLettersOfSeveralStagesHaveOnePrefix()
    {
        Fill("in", 3, 0, 300);
        Produce(Encoding.UTF8.GetBytes("bad"));
        KafkaSink<DeadLetter> letters = Exact(KafkaSink.DeadLetters("dead").SetTransactionalIdPrefix("mine"));
        StreamExecutionEnvironment env = new(
            new ExecutionOptions
            {
                Parallelism = 2,
                CheckpointInterval = TimeSpan.FromMilliseconds(20),
                RestartStrategy = RestartStrategy.None,
            }
        );
        env.SetUserCodeErrorPolicy(UserCodeErrorPolicy.DeadLetter(letters));
        env.FromSource(Source(DeserializationErrorPolicy.DeadLetter(letters)))
            .WithUid("in")
            .KeyBy(value => value.Length)
            .Map(value => value == "200" ? throw new FormatException("no 200") : value)
            .WithUid("map")
            .SinkTo(Exact(KafkaSink.Builder<string>().SetTopic("out").SetValueSerializer(SimpleStringSchema.Instance)));

        await env.ExecuteAsync("letters", Deadline.Token());

        Assert.Equal(["200", "bad"], (await LettersAsync()).Select(letter => letter.Split(' ')[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ShouldSayThatTheJobCannotRun_WhenTheSinkOfLettersIsWrong()
    {
        StreamExecutionEnvironment env = new(new ExecutionOptions { CheckpointInterval = TimeSpan.FromMinutes(10) });
        env.FromSource(Source(DeserializationErrorPolicy.DeadLetter(Exact(KafkaSink.DeadLetters("in")))))
            .SinkTo(Exact(KafkaSink.Builder<string>().SetTopic("out").SetValueSerializer(SimpleStringSchema.Instance)));

        Graph.JobValidationException error = await Assert.ThrowsAsync<Graph.JobValidationException>(() =>
            env.ExecuteAsync("letters", Deadline.Token())
        );

        Assert.Contains("reads its own dead-letter topic 'in'", error.Message, StringComparison.Ordinal);
        Assert.Contains("transaction", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    private async Task<JobExecutionResult> RunAsync(DeserializationErrorPolicy policy)
    {
        int[] left = [1];
        StreamExecutionEnvironment env = new(
            new ExecutionOptions
            {
                Parallelism = 2,
                BatchSize = 16,

                // None before the failure: the second run reads everything again.
                CheckpointInterval = TimeSpan.FromSeconds(40),
                RestartStrategy = RestartStrategy.FixedDelay(1, TimeSpan.FromMilliseconds(1)),
            }
        );
        env.FromSource(Source(policy))
            .WithUid("in")
            .Map(value =>
            {
                if (value == "250" && Interlocked.Decrement(ref left[0]) >= 0)
                {
                    // What is still in the client's memory dies with the run.
                    while (policy.DeadLetterSink is null && ReadAllAsync("dead").GetAwaiter().GetResult().Count == 0) { }

                    throw new IOException("once");
                }

                return value;
            })
            .SinkTo(Exact(KafkaSink.Builder<string>().SetTopic("out").SetValueSerializer(SimpleStringSchema.Instance)));
        return await env.ExecuteAsync("letters", Deadline.Token());
    }

    private KafkaSink<T> Exact<T>(KafkaSinkBuilder<T> builder) =>
        builder
            .SetBootstrapServers(BootstrapServers)
            .SetDeliveryGuarantee(DeliveryGuarantee.ExactlyOnce)
            .SetTransactionTimeout(TimeSpan.FromMinutes(2))
            .Build();

    private KafkaSource<string> Source(DeserializationErrorPolicy policy) =>
        KafkaSource
            .Builder<string>()
            .SetBootstrapServers(BootstrapServers)
            .SetTopics("in")
            .SetBounded(OffsetsInitializer.Latest())
            .SetDeserializer(
                DeserializationSchema.Of(static value =>
                    value.StartsWith("bad"u8) ? throw new FormatException("bad") : Encoding.UTF8.GetString(value)
                )
            )
            .SetDeserializationErrorPolicy(policy)
            .SetMaxPollRecords(64)
            .Build();

    private void Produce(byte[] value)
    {
        using RawProducer producer = Producer();
        producer.Produce(producer.Topic("in"), 1, "k"u8, true, value, false, 77, 0, default);
        producer.Flush(Deadline.Wait, Deadline.Token());
    }

    private Task<List<string>> LettersAsync() => ReadAllAsync("dead", Describe);

    private static string Describe(in KafkaMessage message)
    {
        KafkaHeaders headers = message.Headers;
        string origin = $"{Text(headers, DeadLetterHeaders.Topic)}[{Text(headers, DeadLetterHeaders.Partition)}]";
        return $"{Encoding.UTF8.GetString(message.Value)} key={Encoding.UTF8.GetString(message.Key)} "
            + $"{origin}@{Text(headers, DeadLetterHeaders.Offset)} "
            + $"attempt {Text(headers, DeadLetterHeaders.Attempt)} id={Text(headers, DeadLetterHeaders.Id)} "
            + $"size={Text(headers, DeadLetterHeaders.OriginalSize)}";
    }
}
