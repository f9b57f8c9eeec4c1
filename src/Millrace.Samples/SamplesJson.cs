using System.Text.Json.Serialization;
using Millrace.Samples.Auctions;
using Millrace.Samples.Logs;
using Millrace.Samples.Nexmark;
using Millrace.Samples.Nexmark.Results;
using Millrace.Samples.Recommendation;

namespace Millrace.Samples;

/// <summary>JSON of the sample jobs' records, generated at build time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(AccessLogEntry))]
[JsonSerializable(typeof(PathReport))]
[JsonSerializable(typeof(LogReport))]
[JsonSerializable(typeof(LogAlert))]
[JsonSerializable(typeof(NexmarkJson))]
[JsonSerializable(typeof(HotItem))]
[JsonSerializable(typeof(HighestBid))]
[JsonSerializable(typeof(NewSeller))]
[JsonSerializable(typeof(SelectedBid))]
[JsonSerializable(typeof(Bid))]
[JsonSerializable(typeof(EuroBid))]
[JsonSerializable(typeof(LocalItem))]
[JsonSerializable(typeof(CategoryPrice))]
[JsonSerializable(typeof(SellerPrice))]
[JsonSerializable(typeof(WinningBid))]
[JsonSerializable(typeof(LoggedBid))]
[JsonSerializable(typeof(BidderWindow))]
[JsonSerializable(typeof(EnrichedBid))]
[JsonSerializable(typeof(ClassifiedBid))]
[JsonSerializable(typeof(DayStatistics))]
[JsonSerializable(typeof(ChannelStatistics))]
[JsonSerializable(typeof(AuctionStatistics))]
[JsonSerializable(typeof(RankedBid))]
[JsonSerializable(typeof(ExpandedBid))]
[JsonSerializable(typeof(ChannelBid))]
[JsonSerializable(typeof(UrlBid))]
[JsonSerializable(typeof(BidderSale))]
[JsonSerializable(typeof(PriceDecline))]
[JsonSerializable(typeof(LowPricePeriod))]
[JsonSerializable(typeof(PriceDrop))]
[JsonSerializable(typeof(Interaction))]
[JsonSerializable(typeof(UserRecommendation))]
public sealed partial class SamplesJson : JsonSerializerContext;
