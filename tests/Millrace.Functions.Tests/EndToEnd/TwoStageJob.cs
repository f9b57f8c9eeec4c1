using System.Globalization;
using Millrace.Api;
using Millrace.Kafka;
using Millrace.Time;
using Millrace.Windows;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>
/// Counts "key:timestamp" lines per key and second, and then adds up the counts of a second over all keys: two keyed stages. Writes
/// "all:start:count".
/// </summary>
internal sealed class TwoStageJob(DeliveryGuarantee guarantee, int parallelism = 3) : IStreamJob
{
    public string Name => "totals";

    public void Build(StreamExecutionEnvironment env)
    {
        env.SetParallelism(parallelism);
        string brokers = env.Configuration["Kafka:bootstrap.servers"]!;
        KafkaSource<Line> source = KafkaSource
            .Builder<Line>()
            .SetBootstrapServers(brokers)
            .SetTopics("lines")
            .SetGroupId("totals")
            .SetDeserializer(new LineSchema())
            .Build();
        KafkaSink<string> sink = KafkaSink
            .Builder<string>()
            .SetBootstrapServers(brokers)
            .SetTopic("counts")
            .SetValueSerializer(SimpleStringSchema.Instance)
            .SetDeliveryGuarantee(guarantee)
            .Build();
        env.FromSource(
                source,
                WatermarkStrategy<Line>.ForBoundedOutOfOrderness(TimeSpan.FromMilliseconds(500)).WithTimestampAssigner(line => line.Time)
            )
            .WithUid("lines")
            .KeyBy(line => line.Key)
            .Window(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1)))
            .Aggregate(new Sum(), (key, window, count) => new Line(window.Start.ToString(CultureInfo.InvariantCulture), count))
            .WithUid("per-key")
            .KeyBy(count => count.Key)
            .Window(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1)))
            .Aggregate(
                new Sum(isCounted: false),
                (start, window, count) => string.Create(CultureInfo.InvariantCulture, $"all:{start}:{count}")
            )
            .WithUid("total")
            .SinkTo(sink)
            .WithUid("counts");
    }

    private sealed class Sum(bool isCounted = true) : IAggregateFunction<Line, long, long>
    {
        public long CreateAccumulator() => 0;

        public long Add(Line value, long accumulator) => accumulator + (isCounted ? 1 : value.Time);

        public long GetResult(long accumulator) => accumulator;

        public long Merge(long left, long right) => left + right;
    }
}
