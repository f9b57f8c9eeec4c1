using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Transactions.Handlers;

/// <summary>
/// Clients from before KIP-588 do not know <see cref="ErrorCode.ProducerFenced"/> and are told that their epoch is invalid.
/// </summary>
internal static class FencedError
{
    public static ErrorCode For(ErrorCode error, short version, int firstVersionThatKnowsIt) =>
        error == ErrorCode.ProducerFenced && version < firstVersionThatKnowsIt ? ErrorCode.InvalidProducerEpoch : error;
}
