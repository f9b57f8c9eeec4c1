using Millrace.Api;
using Millrace.Kafka;

namespace Millrace.Samples;

/// <summary>
/// The article's pipeline: reads a topic of text, upper-cases it, writes it to another topic. Parameters: <c>input-topic</c> (my_topic),
/// <c>output-topic</c> (my_topic_upper), <c>guarantee</c>.
/// </summary>
public sealed class UppercaseJob : IStreamJob
{
    /// <inheritdoc/>
    public string Name => "uppercase";

    /// <inheritdoc/>
    public void Build(StreamExecutionEnvironment env)
    {
        ArgumentNullException.ThrowIfNull(env);
        Parameters parameters = new(env.Configuration, Name);
        KafkaSource<string> source = KafkaStreams
            .Source<string>(parameters, Name, parameters.Text("input-topic", "my_topic"))
            .SetDeserializer(SimpleStringSchema.Instance)
            .Build();
        KafkaSink<string> sink = KafkaStreams
            .Sink<string>(parameters, parameters.Text("output-topic", "my_topic_upper"))
            .SetValueSerializer(SimpleStringSchema.Instance)
            .Build();
        env.FromSource(source)
            .WithUid("source")
            .Map(static text => text.ToUpperInvariant())
            .WithUid("upper-case")
            .SinkTo(sink)
            .WithUid("sink");
        parameters.ThrowIfWrong();
    }
}
