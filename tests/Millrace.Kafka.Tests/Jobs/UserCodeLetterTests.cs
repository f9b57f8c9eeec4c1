using System.Globalization;
using System.Text;
using Millrace.Api;
using Millrace.Errors;
using Millrace.Kafka.Interop;
using Millrace.Kafka.Producing;
using Millrace.Runtime;
using Xunit;

namespace Millrace.Kafka.Tests.Jobs;

public sealed class UserCodeLetterTests : BrokerTest
{
    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("in", 3), ("out", 1), ("dead", 1)];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ShouldWriteOriginalOnce_WhenUserCodeThrowsAndTheRunIsRestored(bool isKeyed)
    {
        Produce();
        int[] left = [1];
        StreamExecutionEnvironment env = new(
            new ExecutionOptions
            {
                Parallelism = 2,
                BatchSize = 16,
                CheckpointInterval = TimeSpan.FromMilliseconds(20),
                RestartStrategy = RestartStrategy.FixedDelay(100, TimeSpan.FromMilliseconds(1)),
            }
        );
        env.SetUserCodeErrorPolicy(
            UserCodeErrorPolicy.Of(
                error => error.InnerException is FormatException ? UserCodeErrorAction.DeadLetter : UserCodeErrorAction.Fail,
                KafkaSink
                    .DeadLetters("dead")
                    .SetBootstrapServers(BootstrapServers)
                    .SetDeliveryGuarantee(DeliveryGuarantee.ExactlyOnce)
                    .SetTransactionTimeout(TimeSpan.FromMinutes(1))
                    .Build()
            )
        );
        DataStream<string> values = env.FromSource(Source().SetMaxPollRecords(64).Build()).WithUid("in");
        (isKeyed ? values.KeyBy(value => value.Length).Map(Parse).WithUid("parse") : values.Map(Parse).WithUid("parse"))
            .Map(number =>
            {
                if (number == 250 && Interlocked.Decrement(ref left[0]) >= 0)
                {
                    throw new IOException("once");
                }

                return number.ToString(CultureInfo.InvariantCulture);
            })
            .SinkTo(
                KafkaSink
                    .Builder<string>()
                    .SetBootstrapServers(BootstrapServers)
                    .SetTopic("out")
                    .SetValueSerializer(SimpleStringSchema.Instance)
                    .SetDeliveryGuarantee(DeliveryGuarantee.ExactlyOnce)
                    .SetTransactionTimeout(TimeSpan.FromMinutes(1))
                    .Build()
            );

        JobExecutionResult result = await env.ExecuteAsync("letters", Deadline.Token());

        Assert.Equal(1, result.Restarts);
        Assert.Equal(
            Enumerable.Range(0, 300).Select(i => $"{i}").Order(StringComparer.Ordinal),
            (await ReadAllAsync("out")).Order(StringComparer.Ordinal)
        );
        Assert.Equal(
            [
                "bad-0 key=k0 trace=t in[0]@5 attempt 1 parse System.FormatException: bad-0 is no number",
                "bad-1 key=k1 trace=t in[1]@5 attempt 1 parse System.FormatException: bad-1 is no number",
                "bad-2 key=k2 trace=t in[2]@5 attempt 1 parse System.FormatException: bad-2 is no number",
            ],
            (await LettersAsync()).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task ShouldNameTopicPartitionAndOffset_WhenPolicyIsFail()
    {
        Produce();
        StreamExecutionEnvironment env = new(new ExecutionOptions { RestartStrategy = RestartStrategy.None });
        env.FromSource(Source().Build())
            .WithUid("in")
            .Map(Parse)
            .WithUid("parse")
            .Map(number => $"{number}")
            .SinkTo(
                KafkaSink
                    .Builder<string>()
                    .SetBootstrapServers(BootstrapServers)
                    .SetTopic("out")
                    .SetValueSerializer(SimpleStringSchema.Instance)
                    .Build()
            );

        JobExecutionException failure = await Assert.ThrowsAsync<JobExecutionException>(() =>
            env.ExecuteAsync("letters", Deadline.Token())
        );

        Assert.Matches(
            @"Operator 'Map' \(uid 'parse'\) failed on a record, in \[[012]\] @ 5: FormatException: bad-[012] is no number\. The record: ""bad-[012]""",
            failure.Message
        );
    }

    [Fact]
    public async Task ShouldGoOnWithoutTheRecord_WhenSerializerOfTheSinkThrows()
    {
        Produce();
        StreamExecutionEnvironment env = new(new ExecutionOptions { RestartStrategy = RestartStrategy.None });
        env.SetUserCodeErrorPolicy(
            UserCodeErrorPolicy.DeadLetter(KafkaSink.DeadLetters("dead").SetBootstrapServers(BootstrapServers).Build())
        );
        env.FromSource(Source().Build())
            .WithUid("in")
            .SinkTo(
                KafkaSink
                    .Builder<string>()
                    .SetBootstrapServers(BootstrapServers)
                    .SetTopicSelector(value => value.StartsWith('b') ? throw new FormatException($"no topic for {value}") : "out")
                    .SetValueSerializer(SimpleStringSchema.Instance)
                    .Build()
            )
            .WithUid("write");

        await env.ExecuteAsync("letters", Deadline.Token());

        Assert.Equal(300, (await ReadAllAsync("out")).Count);
        Assert.Equal(
            "bad-0 key=k0 trace=t in[0]@5 attempt 1 write System.FormatException: no topic for bad-0",
            (await LettersAsync()).Order(StringComparer.Ordinal).First()
        );
    }

    private static int Parse(string value) =>
        int.TryParse(value, CultureInfo.InvariantCulture, out int number) ? number : throw new FormatException($"{value} is no number");

    private void Produce()
    {
        Fill("in", 3, 0, 15);
        using (RawProducer producer = Producer())
        {
            for (int partition = 0; partition < 3; partition++)
            {
                using NativeHeaders headers = new();
                headers.Add("trace"u8, "t"u8);
                producer.Produce(
                    producer.Topic("in"),
                    partition,
                    Encoding.UTF8.GetBytes($"k{partition}"),
                    true,
                    Encoding.UTF8.GetBytes($"bad-{partition}"),
                    false,
                    77,
                    headers.Detach(),
                    default
                );
            }

            producer.Flush(Deadline.Wait, Deadline.Token());
        }

        Fill("in", 3, 15, 285);
    }

    private Task<List<string>> LettersAsync() => ReadAllAsync("dead", Describe);

    private static string Describe(in KafkaMessage m)
    {
        KafkaHeaders headers = m.Headers;
        return $"{Encoding.UTF8.GetString(m.Value)} key={Encoding.UTF8.GetString(m.Key)} trace={Text(headers, "trace")} "
            + $"{Text(headers, DeadLetterHeaders.Topic)}[{Text(headers, DeadLetterHeaders.Partition)}]@{Text(headers, DeadLetterHeaders.Offset)} "
            + $"attempt {Text(headers, DeadLetterHeaders.Attempt)} {Text(headers, DeadLetterHeaders.Operator)} {Text(headers, DeadLetterHeaders.Exception)}";
    }

    private KafkaSourceBuilder<string> Source() =>
        KafkaSource
            .Builder<string>()
            .SetBootstrapServers(BootstrapServers)
            .SetTopics("in")
            .SetBounded(OffsetsInitializer.Latest())
            .SetDeserializer(SimpleStringSchema.Instance);
}
