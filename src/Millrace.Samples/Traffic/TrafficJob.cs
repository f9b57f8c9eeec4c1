using Millrace.Api;
using Millrace.Connectors;
using Millrace.Kafka;
using Millrace.Samples.Nexmark;

namespace Millrace.Samples.Traffic;

/// <summary>
/// Feeds the other samples: auction events, lines of an access log and sentences, made up in real time and written to Kafka. Parameters:
/// <c>events-per-second</c> (5,000), <c>lines-per-second</c> (500), <c>texts-per-second</c> (500); <c>format</c> (json; or binary);
/// <c>seed</c>.
/// </summary>
public sealed class TrafficJob : IStreamJob
{
    private const long MaxRate = 10_000_000;

    /// <inheritdoc/>
    public string Name => "traffic";

    /// <inheritdoc/>
    public void Build(StreamExecutionEnvironment env)
    {
        ArgumentNullException.ThrowIfNull(env);
        Parameters parameters = new(env.Configuration, Name);
        long now = env.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds();
        long seed = parameters.Number("seed", 1, long.MinValue, long.MaxValue);
        long events = parameters.Number("events-per-second", 5_000, 1, MaxRate);
        long lines = parameters.Number("lines-per-second", 500, 1, MaxRate);
        long texts = parameters.Number("texts-per-second", 500, 1, MaxRate);

        NexmarkGenerator auctions = new(
            new NexmarkOptions
            {
                BaseTimeMs = now,
                EventsPerSecond = events,
                Seed = seed,
            }
        );
        AccessLogTraffic log = new(seed, now, lines);
        bool binary = parameters.Text("format", "json") == "binary";
        Feed(
            env,
            parameters,
            auctions.EventAt,
            events,
            NexmarkStreams.Topic,
            binary ? NexmarkBinarySchema.Instance : NexmarkJsonSchema.Instance
        );
        Feed(env, parameters, log.LineAt, lines, "access-log", SimpleStringSchema.Instance);
        Feed(env, parameters, number => Sentence(auctions, number), texts, "my_topic", SimpleStringSchema.Instance);
        parameters.ThrowIfWrong();
    }

    private static string Sentence(NexmarkGenerator auctions, long number)
    {
        NexmarkEvent e = auctions.EventAt(number);
        if (e.TryGetBid(out Bid bid))
        {
            return $"person {bid.Bidder} bids {bid.Price / 100m:0.00} for auction {bid.Auction} through {bid.Channel}";
        }

        return e.TryGetPerson(out Person? person)
            ? $"{person.Name} from {person.City} is person {person.Id}"
            : $"person {e.Auction!.Seller} sells {e.Auction.ItemName} in auction {e.Auction.Id}";
    }

    private static void Feed<T>(
        StreamExecutionEnvironment env,
        Parameters parameters,
        Func<long, T> generator,
        long rate,
        string topic,
        ISerializationSchema<T> schema
    )
    {
        KafkaSink<T> sink = KafkaSink
            .Builder<T>()
            .SetBootstrapServers(Parameters.DefaultBrokers)
            .SetProperties(parameters.Kafka)
            .SetTopic(topic)
            .SetValueSerializer(schema)
            .SetDeliveryGuarantee(DeliveryGuarantee.BestEffort)
            .Build();
        env.FromSource(new GeneratorSource<T>(long.MaxValue, generator) { RecordsPerSecond = rate }, name: "Generator: " + topic)
            .WithUid("generator-" + topic)
            .SinkTo(sink)
            .WithUid("sink-" + topic);
    }
}
