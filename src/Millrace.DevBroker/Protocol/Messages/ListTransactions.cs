using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>All transactional ids, or those in some states, of some producers, or open for some time.</summary>
internal static class ListTransactions
{
    internal sealed class Request : IRequest
    {
        public List<string>? StateFilters = [];
        public List<long>? ProducerIdFilters = [];
        public long DurationFilterMs = -1;

        public static ApiDescription Api { get; } = new(ApiKey.ListTransactions, 0, 1, FlexibleSince: 0);

        public void Describe(Wire wire)
        {
            wire.Strings(ref StateFilters);
            wire.Int64s(ref ProducerIdFilters);
            wire.Int64(ref DurationFilterMs, since: 1);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public ErrorCode Error;
        public List<string>? UnknownStateFilters = [];
        public List<Transaction>? Transactions = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs);
            wire.Error(ref Error);
            wire.Strings(ref UnknownStateFilters);
            wire.Array(ref Transactions);
        }
    }

    internal sealed class Transaction : IMessage
    {
        public string TransactionalId = "";
        public long ProducerId;
        public string State = "";

        public void Describe(Wire wire)
        {
            wire.String(ref TransactionalId);
            wire.Int64(ref ProducerId);
            wire.String(ref State);
        }
    }
}
