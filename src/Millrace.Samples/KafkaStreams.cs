using System.Text.Json.Serialization.Metadata;
using Millrace.Api;
using Millrace.Kafka;

namespace Millrace.Samples;

/// <summary>What the sample jobs' sources and sinks have in common.</summary>
internal static class KafkaStreams
{
    /// <summary>A source with the cluster, the job's group, a beginning (<c>from</c> = earliest, latest or committed) and an end where the job is to end (<c>bounded=true</c>).</summary>
    public static KafkaSourceBuilder<T> Source<T>(Parameters parameters, string job, string topic)
    {
        KafkaSourceBuilder<T> builder = KafkaSource.Builder<T>().SetProperties(parameters.Kafka).SetTopics(topic).SetGroupId(parameters.Text("group", "millrace-" + job))
            .SetStartingOffsets(From(parameters));
        return parameters.Flag("bounded") ? builder.SetBounded(OffsetsInitializer.Latest()) : builder;
    }

    private static OffsetsInitializer From(Parameters parameters) => parameters.Text("from", "earliest") switch
    {
        "earliest" => OffsetsInitializer.Earliest(),
        "latest" => OffsetsInitializer.Latest(),
        "committed" => OffsetsInitializer.CommittedOffsets(OffsetResetStrategy.Earliest),
        var other => throw new ArgumentException($"Parameter 'from' is '{other}', expected earliest, latest or committed. Set it with --set from=VALUE.", nameof(parameters)),
    };

    /// <summary>A sink of JSON with the guarantee of the parameter <c>guarantee</c>.</summary>
    public static KafkaSink<T> JsonSink<T>(Parameters parameters, string topic, JsonTypeInfo<T> type) =>
        KafkaSink.Builder<T>().SetProperties(parameters.Kafka).SetTopic(topic).SetValueSerializer(new JsonSchema<T>(type)).SetDeliveryGuarantee(Guarantee(parameters)).Build();

    public static DeliveryGuarantee Guarantee(Parameters parameters)
    {
        string text = parameters.Text("guarantee", nameof(DeliveryGuarantee.AtLeastOnce));
        return Enum.TryParse(text, ignoreCase: true, out DeliveryGuarantee guarantee) && Enum.IsDefined(guarantee)
            ? guarantee
            : throw new ArgumentException($"Parameter 'guarantee' is '{text}', expected {string.Join(", ", Enum.GetNames<DeliveryGuarantee>())}. Set it with --set guarantee=VALUE.", nameof(parameters));
    }

    /// <summary>Ends a stream of results in a topic.</summary>
    public static void ToTopic<T>(this DataStream<T> stream, Parameters parameters, string topic, JsonTypeInfo<T> type) =>
        stream.SinkTo(JsonSink(parameters, topic, type)).WithName("Sink: " + topic).WithUid("sink-" + topic);
}
