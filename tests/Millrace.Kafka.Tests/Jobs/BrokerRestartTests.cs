using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.DevBroker;
using Millrace.Kafka.Producing;
using Millrace.Runtime;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Kafka.Tests.Jobs;

public sealed class BrokerRestartTests : IDisposable
{
    private const int Records = 20_000;
    private readonly string _directory = Directory.CreateTempSubdirectory("millrace-kafka-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [OwnBrokerTheory]
    [InlineData(DeliveryGuarantee.AtLeastOnce)]
    [InlineData(DeliveryGuarantee.ExactlyOnce)]
    public async Task ShouldLoseNothing_WhenTheBrokerGoesAwayAndComesBack(DeliveryGuarantee guarantee)
    {
        Millrace.DevBroker.DevBroker broker = await StartAsync(port: 0);
        Dictionary<string, string> properties = new(StringComparer.Ordinal) { ["bootstrap.servers"] = broker.BootstrapServers };
        using (RawProducer producer = new(properties, NullLogger.Instance, TimeProvider.System))
        {
            for (int i = 0; i < Records; i++)
            {
                producer.Produce(
                    producer.Topic("in"),
                    i % 2,
                    default,
                    false,
                    System.Text.Encoding.UTF8.GetBytes($"{i}"),
                    false,
                    0,
                    0,
                    Deadline.Token()
                );
            }

            producer.Flush(Deadline.Wait, Deadline.Token());
        }

        TaskCompletionSource halfway = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using ManualResetEventSlim back = new();
        StreamExecutionEnvironment env = new(
            new ExecutionOptions
            {
                CheckpointInterval = TimeSpan.FromMilliseconds(50),
                RestartStrategy = RestartStrategy.FixedDelay(100, TimeSpan.FromMilliseconds(50)),
            }
        );
        env.FromSource(
                KafkaSource
                    .Builder<string>()
                    .SetBootstrapServers(broker.BootstrapServers)
                    .SetTopics("in")
                    .SetBounded(OffsetsInitializer.Latest())
                    .SetProperty("reconnect.backoff.max.ms", "100")
                    .SetDeserializer(SimpleStringSchema.Instance)
                    .Build()
            )
            .Map(value =>
            {
                if (value == "15000" && halfway.TrySetResult())
                {
                    back.Wait(Deadline.Wait);
                }

                return value;
            })
            .SinkTo(
                KafkaSink
                    .Builder<string>()
                    .SetBootstrapServers(broker.BootstrapServers)
                    .SetTopic("out")
                    .SetProperty("reconnect.backoff.max.ms", "100")
                    .SetDeliveryGuarantee(guarantee)
                    .SetTransactionTimeout(TimeSpan.FromMinutes(1))
                    .SetValueSerializer(SimpleStringSchema.Instance)
                    .Build()
            );
        Task<JobExecutionResult> job = env.ExecuteAsync("restart", new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token);
        await halfway.Task.WaitAsync(Deadline.Wait);
        int port = broker.Port;
        await broker.DisposeAsync();
        back.Set();
        broker = await StartAsync(port);
        await job;

        await using (broker)
        {
            await using SourceDriver<string> driver = await SourceDriver<string>.StartAsync(
                KafkaSource
                    .Builder<string>()
                    .SetBootstrapServers(broker.BootstrapServers)
                    .SetTopics("out")
                    .SetBounded(OffsetsInitializer.Latest())
                    .SetDeserializer(SimpleStringSchema.Instance)
                    .Build()
            );
            driver.ReadToEnd();
            IEnumerable<int> written = driver.Output.Values.Select(value => int.Parse(value, CultureInfo.InvariantCulture)).Order();
            Assert.Equal(Enumerable.Range(0, Records), guarantee is DeliveryGuarantee.ExactlyOnce ? written : written.Distinct());
        }
    }

    private Task<Millrace.DevBroker.DevBroker> StartAsync(int port)
    {
        DevBrokerOptions options = new() { Port = port, Directory = _directory };
        options.Topics["in"] = 2;
        options.Topics["out"] = 2;
        return Millrace.DevBroker.DevBroker.StartAsync(options);
    }
}
