namespace Millrace.Kafka.Transactions;

/// <summary>The requests that our own connections send.</summary>
internal enum ApiKey : short
{
    Metadata = 3,
    FindCoordinator = 10,
    SaslHandshake = 17,
    ApiVersions = 18,
    InitProducerId = 22,
    OffsetForLeaderEpoch = 23,
    EndTxn = 26,
    SaslAuthenticate = 36,
}
