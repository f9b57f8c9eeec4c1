using Microsoft.Extensions.Logging;
using Millrace.Connectors;
using Millrace.Kafka.Sources;
using Millrace.Testing;
using Xunit;

namespace Millrace.Kafka.Tests.Sources;

/// <summary>A source that waits for what may never come goes on waiting, but says for what.</summary>
public sealed class StalledSplitsTests : BrokerTest, ILoggerFactory
{
    private readonly ManualTimeProvider _clock = new();
    private readonly List<string> _warnings = [];

    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("in", 1)];

    [Fact]
    public async Task ShouldNameOffsetAndEnd_WhenTheStopLiesBehindTheEnd()
    {
        Fill("in", 1, 0, 10);
        KafkaTopicPartition partition = new("in", 0);
        ConnectorContext context = Context();
        await using ISourceReader<string> reader = Read(
            context,
            new KafkaSplit(partition, 0, Stop: 15),
            isBounded: true,
            out CollectingOutput<string> output
        );

        Until(reader, output, () => output.Records.Count == 10, step: TimeSpan.Zero);
        Until(reader, output, () => context.Metrics.Waiting is not null);

        Assert.Contains("it is to be read up to offset 15, but ends at 10", context.Metrics.Waiting!.Error, StringComparison.Ordinal);
        string warning = Assert.Single(_warnings);
        Assert.Contains("Source 'kafka', task 0, waits: partition in-0: it is to be read", warning, StringComparison.Ordinal);

        Fill("in", 1, 10, 10);
        CancellationToken deadline = Deadline.Token();
        while (reader.Read(output, TimeSpan.FromMilliseconds(20)) is not ReadStatus.EndOfInput)
        {
            Assert.False(deadline.IsCancellationRequested, "The end of input has not come.");
        }

        Assert.Equal(15, output.Records.Count);
        Assert.Null(context.Metrics.Waiting);
        Assert.Single(_warnings);
    }

    [Fact]
    public async Task ShouldNameThePartition_WhenItsTopicIsGone()
    {
        ConnectorContext context = Context();
        await using ISourceReader<string> reader = Read(
            context,
            new KafkaSplit(new KafkaTopicPartition("removed", 0), 5, Stop: null),
            isBounded: false,
            out CollectingOutput<string> output
        );

        Until(reader, output, () => _warnings.Count > 0);

        Assert.Contains(
            "partition removed-0: it has not been found on any broker: was its topic removed",
            Assert.Single(_warnings),
            StringComparison.Ordinal
        );
        Assert.NotNull(context.Metrics.Waiting);
    }

    ILogger ILoggerFactory.CreateLogger(string categoryName) => new WarningLogger(_warnings);

    void ILoggerFactory.AddProvider(ILoggerProvider provider) => throw new NotSupportedException("The test has one logger.");

    void IDisposable.Dispose()
    {
        // Nothing to free.
    }

    private ConnectorContext Context() => new("job", "kafka", 0, 1, _clock, this, Deadline.Token());

    private ISourceReader<string> Read(ConnectorContext context, KafkaSplit split, bool isBounded, out CollectingOutput<string> output)
    {
        KafkaSourceBuilder<string> builder = KafkaSource
            .Builder<string>()
            .SetBootstrapServers(BootstrapServers)
            .SetTopics("in")
            .SetDeserializer(SimpleStringSchema.Instance);
        ISourceReader<string> reader = (isBounded ? builder.SetBounded(OffsetsInitializer.Latest()) : builder)
            .Build()
            .CreateReader(context);
        reader.AddSplits([split.ToSourceSplit()]);
        reader.NotifyNoMoreSplits();
        output = new CollectingOutput<string>();
        return reader;
    }

    private void Until(ISourceReader<string> reader, CollectingOutput<string> output, Func<bool> condition, TimeSpan? step = null)
    {
        CancellationToken deadline = Deadline.Token();
        while (!condition())
        {
            Assert.False(deadline.IsCancellationRequested, "What was waited for has not come.");
            Assert.NotEqual(ReadStatus.EndOfInput, reader.Read(output, TimeSpan.FromMilliseconds(20)));
            _clock.Advance(step ?? TimeSpan.FromSeconds(2));
        }
    }

    private sealed class WarningLogger(List<string> warnings) : ILogger
    {
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
            if (eventId.Id == 5016)
            {
                warnings.Add(formatter(state, exception));
            }
        }
    }
}
