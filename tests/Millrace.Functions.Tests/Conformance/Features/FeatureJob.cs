using Millrace.Api;
using Millrace.Kafka;
using Millrace.Time;

namespace Millrace.Functions.Tests.Conformance.Features;

/// <summary>A job for one feature of the API: readings in, lines of text out.</summary>
internal sealed class FeatureJob(string name, Action<FeatureJob> define) : IStreamJob
{
    private StreamExecutionEnvironment? _env;

    public string Name => name;

    public static string OutputOf(string name) => name + "-out";

    public void Build(StreamExecutionEnvironment env)
    {
        _env = env;
        define(this);
    }

    /// <summary>The readings of a topic in event time.</summary>
    public DataStream<Reading> Readings(string topic) => Readings(topic, Watermarks());

    public DataStream<Reading> Readings(string topic, WatermarkStrategy<Reading> watermarks)
    {
        KafkaSourceBuilder<Reading> builder = KafkaSource
            .Builder<Reading>()
            .SetBootstrapServers(Brokers)
            .SetTopics(topic)
            .SetGroupId($"{name}-{topic}")
            .SetDeserializer(new ReadingSchema());
        KafkaSource<Reading> source = (
            _env!.Configuration["bounded"] == "true" ? builder.SetBounded(OffsetsInitializer.Latest()) : builder
        ).Build();
        return _env.FromSource(source, watermarks).WithUid("source-" + topic);
    }

    public static WatermarkStrategy<Reading> Watermarks() =>
        WatermarkStrategy<Reading>
            .ForBoundedOutOfOrderness(TimeSpan.FromMilliseconds(200))
            .WithTimestampAssigner(static reading => reading.Time);

    public void Write(DataStream<string> lines, string suffix = "")
    {
        KafkaSink<string> sink = KafkaSink
            .Builder<string>()
            .SetBootstrapServers(Brokers)
            .SetTopic(OutputOf(name) + suffix)
            .SetValueSerializer(SimpleStringSchema.Instance)
            .SetDeliveryGuarantee(DeliveryGuarantee.AtLeastOnce)
            .Build();
        lines.SinkTo(sink).WithUid("sink" + suffix);
    }

    private string Brokers => _env!.Configuration["Kafka:bootstrap.servers"]!;
}
