using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol;

/// <summary>
/// Which versions of a request kind are spoken here (both ends inclusive), and from which version on its encoding is flexible.
/// </summary>
internal sealed record ApiDescription(ApiKey Key, short MinVersion, short MaxVersion, short FlexibleSince = short.MaxValue)
{
    /// <summary>
    /// The lowest version that is announced. Some clients infer features from old versions being announced (librdkafka wants Produce v0),
    /// so, as in Kafka 4, this may be lower than what is served.
    /// </summary>
    public short AnnouncedMinVersion { get; init; } = MinVersion;

    /// <summary>
    /// Whether clients are told of it. What is answered with an error only is not: a client then says itself that the broker is without.
    /// </summary>
    public bool IsAnnounced { get; init; } = true;

    public bool Speaks(short version) => version >= MinVersion && version <= MaxVersion;

    public bool IsFlexible(short version) => version >= FlexibleSince;

    /// <summary>
    /// The answer to ApiVersions has the old header in every version, because its reader does not know yet what we speak.
    /// </summary>
    public bool HasFlexibleResponseHeader(short version) => IsFlexible(version) && Key != ApiKey.ApiVersions;
}
