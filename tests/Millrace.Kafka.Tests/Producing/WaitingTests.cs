using Microsoft.Extensions.Logging;
using Millrace.Api;
using Millrace.Kafka.Protocol;
using Millrace.Runtime;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Kafka.Tests.Producing;

public sealed class WaitingTests : BrokerTest
{
    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("in", 1), ("out", 1)];

    [OwnBrokerTheory]
    [InlineData(DeliveryGuarantee.AtLeastOnce)]
    [InlineData(DeliveryGuarantee.ExactlyOnce)]
    public async Task ShouldNameWhatASinkWaitsFor_WhenTooFewReplicasAreInSync(DeliveryGuarantee guarantee)
    {
        Fill("in", 1, 0, 10);
        // NOT_ENOUGH_REPLICAS, which a broker of one never answers by itself.
        Broker.Faults.Fail(ApiKey.Produce, (ErrorCode)19);
        CountingLogs logs = new();
        StreamExecutionEnvironment env = new(new ExecutionOptions { Parallelism = 1, CheckpointInterval = TimeSpan.FromMilliseconds(100) })
        {
            LoggerFactory = logs,
        };
        env.FromSource(
                KafkaSource
                    .Builder<string>()
                    .SetBootstrapServers(BootstrapServers)
                    .SetTopics("in")
                    .SetDeserializer(SimpleStringSchema.Instance)
                    .Build()
            )
            .SinkTo(
                KafkaSink
                    .Builder<string>()
                    .SetBootstrapServers(BootstrapServers)
                    .SetTopic("out")
                    .SetDeliveryGuarantee(guarantee)
                    .SetValueSerializer(SimpleStringSchema.Instance)
                    .Build()
            );
        await using JobClient client = env.ExecuteDetached("waiting", CancellationToken.None);

        await UntilAsync(() => client.GetMetrics().Waiting.Any(wait => wait.Subject == "partition out [0]"), client);
        Assert.Contains("in-sync replicas", Assert.Single(client.GetMetrics().Waiting).Error, StringComparison.Ordinal);

        Broker.Faults.Clear();
        await UntilAsync(() => client.GetMetrics().Waiting.Count == 0 && ReadAllAsync("out").GetAwaiter().GetResult().Count == 10, client);
        Assert.Equal(0, client.GetMetrics().Restarts);
        Assert.Equal(0, logs.Errors);
    }

    private static async Task UntilAsync(Func<bool> condition, JobClient client)
    {
        CancellationToken deadline = Deadline.Token();
        while (!condition())
        {
            Assert.False(
                deadline.IsCancellationRequested,
                $"{client.GetMetrics()} waits for {string.Join("; ", client.GetMetrics().Waiting)}"
            );
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
        }
    }

    private sealed class CountingLogs : ILoggerFactory, ILogger
    {
        private int _errors;

        internal int Errors => Volatile.Read(ref _errors);

        public void AddProvider(ILoggerProvider provider) { }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (logLevel >= LogLevel.Error)
            {
                Interlocked.Increment(ref _errors);
            }
        }

        public void Dispose() { }
    }
}
