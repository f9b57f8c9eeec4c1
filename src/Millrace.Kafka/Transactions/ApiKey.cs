namespace Millrace.Kafka.Transactions;

/// <summary>The requests that our own connections send.</summary>
internal enum ApiKey : short
{
    FindCoordinator = 10,
    SaslHandshake = 17,
    ApiVersions = 18,
    InitProducerId = 22,
    EndTxn = 26,
    SaslAuthenticate = 36,
}
