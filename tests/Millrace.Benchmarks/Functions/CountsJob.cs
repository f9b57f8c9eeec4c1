using Millrace.Api;
using Millrace.Kafka;
using Millrace.State;
using Millrace.Time;
using Millrace.UserFunctions;

namespace Millrace.Benchmarks.Functions;

/// <summary>Counts readings per device for ever, in one task; nothing is said of it.</summary>
internal sealed class CountsJob : IStreamJob
{
    public string Name => "counts";

    public void Build(StreamExecutionEnvironment env)
    {
        env.SetParallelism(1);
        KafkaSource<Reading> source = KafkaSource
            .Builder<Reading>()
            .SetBootstrapServers(env.Configuration["Kafka:bootstrap.servers"]!)
            .SetTopics(FunctionsBenchmark.Topic)
            .SetGroupId("counts")
            .SetDeserializer(new ReadingSchema())
            .Build();
        env.FromSource(
                source,
                WatermarkStrategy<Reading>.ForBoundedOutOfOrderness(TimeSpan.FromSeconds(1)).WithTimestampAssigner(reading => reading.Time)
            )
            .WithUid("readings")
            .KeyBy(reading => reading.Device)
            .Process(() => new Counter())
            .WithUid("counts")
            .SinkTo(
                KafkaSink
                    .Builder<string>()
                    .SetBootstrapServers("localhost:1")
                    .SetTopic("counts")
                    .SetValueSerializer(SimpleStringSchema.Instance)
                    .SetDeliveryGuarantee(DeliveryGuarantee.AtLeastOnce)
                    .Build()
            )
            .WithUid("sink");
    }

    private sealed class Counter : KeyedProcessFunction<string, Reading, string>
    {
        private IValueState<long> _count = null!;

        public override void ProcessElement(Reading value, IKeyedProcessContext<string> context, Collector<string> output) =>
            _count.Update(_count.Value + 1);

        protected override void Open() => _count = RuntimeContext.GetState(new ValueStateDescriptor<long>("count"));
    }
}
