using System.Globalization;
using Millrace.Api;
using Millrace.Kafka;
using Millrace.State;
using Millrace.Time;
using Millrace.UserFunctions;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>What <see cref="CountJob"/> counts, with state and timers by hand.</summary>
internal sealed class TimersJob(DeliveryGuarantee guarantee, int parallelism) : IStreamJob
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
            .Process(new Count())
            .WithUid("count")
            .SinkTo(sink)
            .WithUid("counts");
    }

    private sealed class Count : KeyedProcessFunction<string, Line, string>
    {
        private const long Second = 1_000;
        private IMapState<long, long> _counts = null!;

        public override void ProcessElement(Line value, IKeyedProcessContext<string> context, Collector<string> output)
        {
            long start = value.Time / Second * Second;
            _counts.Put(start, (_counts.TryGetValue(start, out long count) ? count : 0) + 1);
            context.TimerService.RegisterEventTimeTimer(start + Second - 1);
        }

        public override void OnTimer(long timestamp, IOnTimerContext<string> context, Collector<string> output)
        {
            long start = timestamp - Second + 1;
            if (_counts.TryGetValue(start, out long count))
            {
                output.Collect(string.Create(CultureInfo.InvariantCulture, $"{context.CurrentKey}:{start}:{count}"));
                _counts.Remove(start);
            }
        }

        protected override void Open() => _counts = RuntimeContext.GetMapState(new MapStateDescriptor<long, long>("counts"));
    }
}
