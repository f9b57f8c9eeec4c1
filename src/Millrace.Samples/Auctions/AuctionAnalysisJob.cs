using Millrace.Api;
using Millrace.Samples.Nexmark;

namespace Millrace.Samples.Auctions;

/// <summary>
/// Watches an auction site: the auctions with the most bids in sliding windows, and the highest bid of each window. Parameters as for
/// <see cref="NexmarkJob"/>, without a sink: results go to <c>auction-hot-items</c> and <c>auction-highest-bids</c>.
/// </summary>
public sealed class AuctionAnalysisJob : IStreamJob
{
    /// <inheritdoc/>
    public string Name => "auction-analysis";

    /// <inheritdoc/>
    public void Build(StreamExecutionEnvironment env)
    {
        ArgumentNullException.ThrowIfNull(env);
        Parameters parameters = new(env.Configuration, Name);
        TimeSpan size = parameters.Seconds("window-seconds", 10);
        DataStream<NexmarkEvent> events = NexmarkStreams.Events(env, parameters, Name);
        NexmarkQueries
            .HotItems(events, size, parameters.Seconds("slide-seconds", 2))
            .ToTopic(parameters, "auction-hot-items", SamplesJson.Default.HotItem);
        NexmarkQueries.HighestBids(events, size).ToTopic(parameters, "auction-highest-bids", SamplesJson.Default.HighestBid);
        parameters.ThrowIfWrong();
    }
}
