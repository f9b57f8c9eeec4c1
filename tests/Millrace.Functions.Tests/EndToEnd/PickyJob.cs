using System.Globalization;
using Millrace.Api;
using Millrace.Errors;
using Millrace.Kafka;
using Millrace.UserFunctions;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>
/// Echoes "key:timestamp" lines. Its map throws for the key "bad", its keyed function for "worse", the sink's serializer for "worst".
/// </summary>
internal sealed class PickyJob(UserCodeErrorAction action) : IStreamJob
{
    public string Name => "picky";

    public void Build(StreamExecutionEnvironment env)
    {
        string brokers = env.Configuration["Kafka:bootstrap.servers"]!;
        env.SetParallelism(2);
        env.SetUserCodeErrorPolicy(
            action switch
            {
                UserCodeErrorAction.Skip => UserCodeErrorPolicy.Skip,
                UserCodeErrorAction.DeadLetter => UserCodeErrorPolicy.DeadLetter(
                    KafkaSink.DeadLetters("dead").SetBootstrapServers(brokers).Build()
                ),
                _ => UserCodeErrorPolicy.Fail,
            }
        );
        env.FromSource(
                KafkaSource
                    .Builder<Line>()
                    .SetBootstrapServers(brokers)
                    .SetTopics("lines")
                    .SetGroupId("picky")
                    .SetDeserializer(new LineSchema())
                    .Build()
            )
            .WithUid("lines")
            .Map(line => Check(line, "bad"))
            .WithUid("map")
            .KeyBy(line => line.Key)
            .Process(new Echo())
            .WithUid("echo")
            .SinkTo(KafkaSink.Builder<Line>().SetBootstrapServers(brokers).SetTopic("counts").SetRecordSerializer(new Schema()).Build())
            .WithUid("counts");
    }

    private static Line Check(Line line, string key) => line.Key == key ? throw new FormatException($"no {key} lines") : line;

    private sealed class Echo : KeyedProcessFunction<string, Line, Line>
    {
        public override void ProcessElement(Line value, IKeyedProcessContext<string> context, Collector<Line> output) =>
            output.Collect(Check(value, "worse"));
    }

    private sealed class Schema : IKafkaSerializationSchema<Line>
    {
        public void Serialize(Line element, KafkaProducerRecord record)
        {
            Check(element, "worst");
            System.Buffers.BuffersExtensions.Write(
                record.Value,
                System.Text.Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{element.Key}:{element.Time}"))
            );
        }
    }
}
