using System.Globalization;
using Millrace.Api;
using Millrace.Kafka;
using Millrace.Time;
using Millrace.Windows;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>Counts "key:timestamp" lines per key and second, and writes "key:start:count".</summary>
internal sealed class CountJob(
    DeliveryGuarantee guarantee,
    int parallelism = 3,
    string? deadLetters = null,
    bool committed = false,
    bool preAggregates = false,
    KafkaPartitioner<string>? partitioner = null,
    IdleClock? clock = null
) : IStreamJob
{
    public string Name => "count";

    public void Build(StreamExecutionEnvironment env)
    {
        env.SetParallelism(parallelism);
        string brokers = env.Configuration["Kafka:bootstrap.servers"]!;
        KafkaSource<Line> source = KafkaSource
            .Builder<Line>()
            .SetBootstrapServers(brokers)
            .SetTopics("lines")
            .SetGroupId("count")
            .SetDeserializer(new LineSchema())
            .SetDeserializationErrorPolicy(PolicyOf(brokers))
            .SetCommitOffsetsOnCheckpoints(committed)
            .Build();
        KafkaSinkBuilder<string> sink = KafkaSink
            .Builder<string>()
            .SetBootstrapServers(brokers)
            .SetTopic("counts")
            .SetValueSerializer(SimpleStringSchema.Instance)
            .SetDeliveryGuarantee(guarantee);
        WatermarkStrategy<Line> watermarks = WatermarkStrategy<Line>
            .ForBoundedOutOfOrderness(TimeSpan.FromMilliseconds(500))
            .WithTimestampAssigner(line => line.Time);
        WindowedStream<string, Line, TimeWindow> windows = env.FromSource(
                source,
                clock is null ? watermarks : watermarks.WithClockWhenIdle(clock.Idle, clock.Bound)
            )
            .WithUid("lines")
            .KeyBy(line => line.Key)
            .Window(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1)));
        (preAggregates ? windows.PreAggregate() : windows)
            .Aggregate(new Count(), (key, window, count) => string.Create(CultureInfo.InvariantCulture, $"{key}:{window.Start}:{count}"))
            .WithUid("count")
            .SinkTo((partitioner is null ? sink : sink.SetPartitioner(partitioner)).Build())
            .WithUid("counts");
    }

    private DeserializationErrorPolicy PolicyOf(string brokers) =>
        deadLetters is null ? DeserializationErrorPolicy.Fail
        : guarantee is DeliveryGuarantee.ExactlyOnce
            ? DeserializationErrorPolicy.DeadLetter(
                KafkaSink.DeadLetters(deadLetters).SetBootstrapServers(brokers).SetDeliveryGuarantee(guarantee).Build()
            )
        : DeserializationErrorPolicy.DeadLetter(deadLetters);

    private sealed class Count : IAggregateFunction<Line, long, long>
    {
        public long CreateAccumulator() => 0;

        public long Add(Line value, long accumulator) => accumulator + 1;

        public long GetResult(long accumulator) => accumulator;

        public long Merge(long left, long right) => left + right;
    }
}
