using System.Globalization;
using Millrace.Api;
using Millrace.Connectors;
using Millrace.Kafka;
using Millrace.Time;
using Millrace.Windows;

namespace Millrace.Benchmarks.Functions;

/// <summary>Count and sum of readings per device in windows of ten seconds, exactly once, from Kafka to Kafka.</summary>
internal sealed class TotalsJob(int parallelism, bool preAggregates) : IStreamJob
{
    public EncodedSink<string> Sink { get; } =
        new(
            (IDurableSink<string>)
                KafkaSink
                    .Builder<string>()
                    .SetBootstrapServers("localhost:1")
                    .SetTopic("totals")
                    .SetValueSerializer(SimpleStringSchema.Instance)
                    .SetDeliveryGuarantee(DeliveryGuarantee.ExactlyOnce)
                    .Build()
        );

    public string Name => "totals";

    public void Build(StreamExecutionEnvironment env)
    {
        env.SetParallelism(parallelism);
        KafkaSource<Reading> source = KafkaSource
            .Builder<Reading>()
            .SetBootstrapServers(env.Configuration["Kafka:bootstrap.servers"]!)
            .SetTopics(FunctionsBenchmark.Topic)
            .SetGroupId("totals")
            .SetDeserializer(new ReadingSchema())
            .Build();
        WindowedStream<string, Reading, TimeWindow> windows = env.FromSource(
                source,
                WatermarkStrategy<Reading>.ForBoundedOutOfOrderness(TimeSpan.FromSeconds(1)).WithTimestampAssigner(reading => reading.Time)
            )
            .WithUid("readings")
            .Filter(reading => reading.Value >= 0)
            .KeyBy(reading => reading.Device)
            .Window(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(10)));
        (preAggregates ? windows.PreAggregate() : windows)
            .Aggregate(
                new TotalsAggregate(),
                (device, window, totals) =>
                    string.Create(CultureInfo.InvariantCulture, $"{device};{window.Start};{totals.Count};{totals.Sum}")
            )
            .WithUid("totals")
            .SinkTo(Sink)
            .WithUid("sink");
    }
}
