using System.Globalization;
using Millrace.Api;
using Millrace.Kafka;
using Millrace.Time;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>Writes every "key:timestamp" line again, by way of a keyed task, to a broker of its own: as much output as input.</summary>
internal sealed class EchoJob : IStreamJob
{
    public string Name => "echo";

    public void Build(StreamExecutionEnvironment env)
    {
        env.SetParallelism(2);
        KafkaSource<Line> source = KafkaSource
            .Builder<Line>()
            .SetBootstrapServers(env.Configuration["Kafka:bootstrap.servers"]!)
            .SetTopics("lines")
            .SetGroupId("echo")
            .SetDeserializer(new LineSchema())
            .Build();
        KafkaSink<string> sink = KafkaSink
            .Builder<string>()
            .SetBootstrapServers(env.Configuration["Sink:bootstrap.servers"]!)
            .SetTopic("counts")
            .SetValueSerializer(SimpleStringSchema.Instance)
            .SetDeliveryGuarantee(DeliveryGuarantee.ExactlyOnce)
            .SetFlushTimeout(TimeSpan.FromSeconds(2))
            .Build();
        env.FromSource(source, WatermarkStrategy<Line>.ForMonotonousTimestamps().WithTimestampAssigner(line => line.Time))
            .WithUid("lines")
            .KeyBy(line => line.Key)
            .Reduce((_, next) => next)
            .WithUid("last")
            .Map(line => string.Create(CultureInfo.InvariantCulture, $"{line.Key}:{line.Time}"))
            .WithUid("text")
            .SinkTo(sink)
            .WithUid("counts");
    }
}
