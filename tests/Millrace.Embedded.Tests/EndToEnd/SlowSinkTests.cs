using Millrace.Api;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Kafka;
using Millrace.Runtime;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Embedded.Tests.EndToEnd;

public sealed class SlowSinkTests
{
    private const int Count = 300_000;
    private const int BatchSize = 100;
    private const int ChannelCapacity = 4;

    [Fact]
    public async Task ShouldReadNoMoreThanChannelsHold_WhenSinkTakesNothing()
    {
        await using TestBroker broker = await TestBroker.StartAsync(("input", 0));
        KafkaTopics topics = new(broker.BootstrapServers);
        await topics.CreateAsync("input", 1);
        topics.Fill("input", 1, KafkaTopics.Numbers(Count));
        StreamExecutionEnvironment env = new(new ExecutionOptions { BatchSize = BatchSize, ChannelCapacity = ChannelCapacity });
        GatedSink sink = new();
        env.FromSource(
                KafkaSource
                    .Builder<string>()
                    .SetProperties(topics.Properties)
                    .SetTopics("input")
                    .SetBounded(OffsetsInitializer.Latest())
                    .SetDeserializer(SimpleStringSchema.Instance)
                    .Build()
            )
            .Rebalance()
            .SinkTo(sink);
        await using JobClient job = env.ExecuteDetached("slow-sink");

        Assert.True(sink.Entered.Wait(Deadline.Wait));
        long read = await SettledAsync(() => job.GetMetrics().RecordsIn);
        Assert.InRange(read, 1, (ChannelCapacity + 8) * BatchSize);

        sink.Gate.Set();
        JobExecutionResult result = await job.Completion.WaitAsync(Deadline.Wait);
        Assert.Equal(Count, sink.Taken);
        Assert.Equal(Count, result.Metrics.RecordsIn);
    }

    /// <summary>The value once it has stopped to grow.</summary>
    private static async Task<long> SettledAsync(Func<long> value)
    {
        long last = -1;
        int same = 0;
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(20));
        while (same < 10)
        {
            await timer.WaitForNextTickAsync(Deadline.Token());
            same = value() == last ? same + 1 : 0;
            last = value();
        }

        return last;
    }

    private sealed class GatedSink : ISink<string>, ISinkWriter<string>
    {
        public ManualResetEventSlim Entered { get; } = new();

        public ManualResetEventSlim Gate { get; } = new();

        public long Taken { get; private set; }

        public IReadOnlyList<Topic> Topics => [];

        public void Validate(ICollection<string> errors)
        {
            // A gate needs nothing.
        }

        public ISinkWriter<string> CreateWriter(ConnectorContext context) => this;

        public void Write(RecordBatch<string> batch)
        {
            Entered.Set();
            Gate.Wait(Deadline.Wait);
            Taken += batch.Count;
        }

        public void Flush(bool endOfInput)
        {
            // What was written is counted already.
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
