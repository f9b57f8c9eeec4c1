using System.Text.Json.Serialization;
using Millrace.Samples.Auctions;
using Millrace.Samples.Logs;
using Millrace.Samples.Nexmark;

namespace Millrace.Samples;

/// <summary>JSON of the sample jobs' records, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
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
public sealed partial class SamplesJson : JsonSerializerContext;
