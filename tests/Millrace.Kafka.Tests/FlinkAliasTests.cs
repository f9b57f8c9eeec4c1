using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;
using Millrace.Api;
using Millrace.Connectors;
using Millrace.Runtime;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Kafka.Tests;

public sealed class FlinkAliasTests : BrokerTest
{
    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("my_topic", 1), ("my_topic_upper", 1)];

    [Fact]
    public async Task ShouldTakeTheArticlesProperties_WhenTheyAreJavas()
    {
        Dictionary<string, string> properties = new(StringComparer.Ordinal)
        {
            ["bootstrap.servers"] = BootstrapServers,
            ["group.id"] = "my_group",
            ["auto.offset.reset"] = "earliest",
            ["zookeeper.connect"] = "localhost:2181",
            ["key.deserializer"] = "org.apache.kafka.common.serialization.StringDeserializer",
            ["value.serializer"] = "org.apache.kafka.common.serialization.StringSerializer",
        };
        await using SinkDriver<string> sink = new(new FlinkKafkaProducer<string>("my_topic", new SimpleStringSchema(), properties));
        sink.Write("hello");
        sink.Flush();

        await using SourceDriver<string> source = await SourceDriver<string>.StartAsync(
            new FlinkKafkaConsumer<string>("my_topic", new SimpleStringSchema(), properties)
        );
        source.ReadRecords(1);

        Assert.Equal(["hello"], source.Output.Values);
    }

    [OwnBrokerFact]
    public async Task ShouldWarnAndReadAllRecords_WhenTheTopicIsCreatedAfterTheStart()
    {
        using LogQueue logs = new();
        CollectSink<string> records = new();
        StreamExecutionEnvironment env = StreamExecutionEnvironment.GetExecutionEnvironment();
        Assert.True(env.LoggerFactory.CreateLogger("any").IsEnabled(LogLevel.Warning));
        env.LoggerFactory = logs;
        Dictionary<string, string> properties = new(StringComparer.Ordinal)
        {
            ["bootstrap.servers"] = BootstrapServers,
            ["group.id"] = "my-group",
        };
        env.AddSource(new FlinkKafkaConsumer<string>("later", new SimpleStringSchema(), properties)).SinkTo(records);
        await using JobClient client = env.ExecuteDetached("late-topic", Deadline.Token());
        string warning = await logs.Warning.WaitAsync(TimeSpan.FromSeconds(25));

        using (IAdminClient admin = new AdminClientBuilder(Properties()).SetLogHandler(static (_, _) => { }).Build())
        {
            await admin.CreateTopicsAsync([
                new TopicSpecification
                {
                    Name = "later",
                    NumPartitions = 1,
                    ReplicationFactor = 1,
                },
            ]);
        }

        Fill("later", 1, 0, 3);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(20));
        while (records.Records.Count < 3)
        {
            await timer.WaitForNextTickAsync(Deadline.Token());
        }

        Assert.Contains("topic 'later' does not exist", warning, StringComparison.Ordinal);
        Assert.Equal(["0", "1", "2"], records.Records);
    }

    [Fact]
    public void ShouldNameTheValue_WhenOffsetResetIsUnknown()
    {
        List<string> errors = [];

        new FlinkKafkaConsumer<string>(
            "t",
            new SimpleStringSchema(),
            [new("bootstrap.servers", "x:1"), new("auto.offset.reset", "middle")]
        ).Validate(errors);

        Assert.Contains("'middle'", Assert.Single(errors), StringComparison.Ordinal);
    }

    private sealed class LogQueue : ILoggerFactory, ILogger
    {
        private readonly TaskCompletionSource<string> _warning = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Warning => _warning.Task;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("No provider.");

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (IsEnabled(logLevel))
            {
                _warning.TrySetResult(formatter(state, exception));
            }
        }

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
