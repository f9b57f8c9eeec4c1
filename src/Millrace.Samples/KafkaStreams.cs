using System.Text.Json.Serialization.Metadata;
using Millrace.Api;
using Millrace.Connectors;
using Millrace.Kafka;

namespace Millrace.Samples;

/// <summary>What the sample jobs' sources and sinks have in common.</summary>
internal static class KafkaStreams
{
    /// <summary>
    /// A source with the cluster, the job's group, a beginning (<c>from</c> = earliest, latest or committed) and an end where the job is to
    /// end (<c>bounded=true</c>).
    /// <c>start-anew=true</c> reads a topic that was deleted and created again from its beginning, <c>continue-truncated=true</c> goes on
    /// where a log was cut off.</summary>
    public static KafkaSourceBuilder<T> Source<T>(Parameters parameters, string job, string topic)
    {
        KafkaSourceBuilder<T> builder = KafkaSource
            .Builder<T>()
            .SetBootstrapServers(Parameters.DefaultBrokers)
            .SetProperties(parameters.Kafka)
            .SetTopics(topic)
            .SetGroupId(parameters.Text("group", "millrace-" + job))
            .SetStartingOffsets(From(parameters));
        builder
            .SetStartAnewOnRecreatedTopics(parameters.Flag("start-anew"))
            .SetContinueOnTruncatedLogs(parameters.Flag("continue-truncated"));
        return parameters.Flag("bounded") ? builder.SetBounded(OffsetsInitializer.Latest()) : builder;
    }

    private static OffsetsInitializer From(Parameters parameters) =>
        parameters.Choice("from", "earliest", "earliest", "latest", "committed") switch
        {
            "latest" => OffsetsInitializer.Latest(),
            "committed" => OffsetsInitializer.CommittedOffsets(OffsetResetStrategy.Earliest),
            _ => OffsetsInitializer.Earliest(),
        };

    /// <summary>
    /// A sink with the guarantee of the parameter <c>guarantee</c> and, for <c>ExactlyOnce</c>, the transaction timeout of
    /// <c>transaction-timeout</c>, in seconds (900).
    /// </summary>
    public static KafkaSinkBuilder<T> Sink<T>(Parameters parameters, string topic) =>
        Sink(parameters, KafkaSink.Builder<T>().SetTopic(topic), Guarantee(parameters));

    // Below what a topic takes by default, with the letter's own headers.
    private const int MaxLetterBytes = 1_000_000;

    /// <summary>A sink of dead letters with the same guarantee, but at least once.</summary>
    public static KafkaSink<DeadLetter> Letters(Parameters parameters, string topic) =>
        Sink(
                parameters,
                KafkaSink.DeadLetters(topic, MaxLetterBytes),
                Guarantee(parameters) is DeliveryGuarantee.ExactlyOnce ? DeliveryGuarantee.ExactlyOnce : DeliveryGuarantee.AtLeastOnce
            )
            .Build();

    private static KafkaSinkBuilder<T> Sink<T>(Parameters parameters, KafkaSinkBuilder<T> builder, DeliveryGuarantee guarantee) =>
        builder
            .SetBootstrapServers(Parameters.DefaultBrokers)
            .SetProperties(parameters.Kafka)
            .SetDeliveryGuarantee(guarantee)
            .SetTransactionTimeout(TimeSpan.FromSeconds(parameters.Number("transaction-timeout", fallback: 900, min: 1, max: 86_400)));

    /// <summary>A sink of JSON.</summary>
    public static KafkaSink<T> JsonSink<T>(Parameters parameters, string topic, JsonTypeInfo<T> type) =>
        Sink<T>(parameters, topic).SetValueSerializer(new JsonSchema<T>(type)).Build();

    public static DeliveryGuarantee Guarantee(Parameters parameters) =>
        Enum.Parse<DeliveryGuarantee>(
            parameters.Choice("guarantee", nameof(DeliveryGuarantee.AtLeastOnce), Enum.GetNames<DeliveryGuarantee>())
        );

    /// <summary>Ends a stream of results in a topic.</summary>
    public static void ToTopic<T>(this DataStream<T> stream, Parameters parameters, string topic, JsonTypeInfo<T> type) =>
        stream.SinkTo(JsonSink(parameters, topic, type)).WithName("Sink: " + topic).WithUid("sink-" + topic);
}
