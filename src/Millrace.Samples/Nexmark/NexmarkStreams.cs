using Millrace.Api;
using Millrace.Connectors;
using Millrace.Kafka;

namespace Millrace.Samples.Nexmark;

/// <summary>Where jobs get the events from.</summary>
internal static class NexmarkStreams
{
    public const string Topic = "nexmark-events";

    public static DataStream<NexmarkEvent> Events(
        StreamExecutionEnvironment env,
        Parameters parameters,
        string job,
        NexmarkProbe? probe = null
    ) =>
        parameters.Choice("source", "kafka", "kafka", "generator") switch
        {
            "kafka" => env.FromSource(
                    KafkaStreams
                        .Source<NexmarkEvent>(parameters, job, parameters.Text("input-topic", Topic))
                        .SetDeserializer(Deserializer(parameters))
                        .Build(),
                    NexmarkGenerator.Watermarks.WithIdleness(parameters.Seconds("idle-seconds", 10))
                )
                .WithUid("source"),
            _ => env.FromSource(Source(parameters, env.Options.Parallelism, probe), NexmarkGenerator.Watermarks).WithUid("source"),
        };

    private static GeneratorSource<NexmarkEvent> Source(Parameters parameters, int tasks, NexmarkProbe? probe) =>
        Generator(parameters)
            .AsSource(
                parameters.Number("events", 1_000_000, 0, long.MaxValue),
                (int)parameters.Number("splits", 1, 1, 1024),
                probe?.EventsPerSecond / tasks,
                probe?.FirstDue
            );

    private static NexmarkGenerator Generator(Parameters parameters)
    {
        NexmarkOptions defaults = new();
        return new NexmarkGenerator(
            new NexmarkOptions
            {
                EventsPerSecond = parameters.Number("events-per-second", defaults.EventsPerSecond, 1, 1_000_000_000),
                Seed = parameters.Number("seed", defaults.Seed, long.MinValue, long.MaxValue),
            }
        );
    }

    private static IDeserializationSchema<NexmarkEvent> Deserializer(Parameters parameters) =>
        parameters.Choice("format", "json", "json", "binary") == "json" ? NexmarkJsonSchema.Instance : NexmarkBinarySchema.Instance;
}
