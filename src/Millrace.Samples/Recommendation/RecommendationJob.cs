using Millrace.Api;
using Millrace.Kafka;
using Millrace.Time;

namespace Millrace.Samples.Recommendation;

/// <summary>
/// Recommends items as users meet others: counts per item which others the same users met, and emits with each interaction the user's best
/// items that are not among those met last.
/// <para>Parameters: <c>input-topic</c> (interactions), <c>output-topic</c> (recommendations), <c>top</c> (10), <c>history</c> (20) items
/// remembered per user, <c>neighbours</c> (50) looked at per item,
/// <c>guarantee</c>, <c>from</c>, <c>bounded</c>.</para>
/// </summary>
public sealed class RecommendationJob : IStreamJob
{
    /// <inheritdoc/>
    public string Name => "recommendation";

    /// <inheritdoc/>
    public void Build(StreamExecutionEnvironment env)
    {
        ArgumentNullException.ThrowIfNull(env);
        Parameters parameters = new(env.Configuration, Name);
        KafkaSource<Interaction> source = KafkaStreams
            .Source<Interaction>(parameters, Name, parameters.Text("input-topic", "interactions"))
            .SetDeserializer(new JsonSchema<Interaction>(SamplesJson.Default.Interaction))
            .Build();
        WatermarkStrategy<Interaction> watermarks = WatermarkStrategy<Interaction>
            .ForMonotonousTimestamps()
            .WithTimestampAssigner(static interaction => interaction.Timestamp);
        Recommend(
                env.FromSource(source, watermarks).WithUid("source"),
                (int)parameters.Number("top", 10, 1, 1000),
                (int)parameters.Number("history", 20, 1, 1000),
                (int)parameters.Number("neighbours", 50, 1, 10_000)
            )
            .ToTopic(parameters, parameters.Text("output-topic", "recommendations"), SamplesJson.Default.UserRecommendation);
        parameters.ThrowIfWrong();
    }

    /// <summary>Recommendations for the users of a stream.</summary>
    /// <param name="interactions">Who met what.</param>
    /// <param name="top">How many items a recommendation has at most.</param>
    /// <param name="history">How many items a user is remembered with.</param>
    /// <param name="neighbours">How many co-occurring items of an item are looked at.</param>
    public static SingleOutputStreamOperator<UserRecommendation> Recommend(
        DataStream<Interaction> interactions,
        int top,
        int history,
        int neighbours
    )
    {
        ArgumentNullException.ThrowIfNull(interactions);
        return interactions
            .KeyBy(static interaction => interaction.User)
            .Process(new PairingFunction(history))
            .WithUid("pairs")
            .WithName("Pairs of items")
            .KeyBy(static pair => pair.Item)
            .Process(new CoOccurrenceFunction(neighbours))
            .WithUid("co-occurrence")
            .WithName("Co-occurrence per item")
            .KeyBy(static answer => answer.User)
            .Process(new RankingFunction(history, top))
            .WithUid("ranking")
            .WithName("Top items per user");
    }
}
