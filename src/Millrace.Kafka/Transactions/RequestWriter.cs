using Millrace.Kafka.Protocol;

namespace Millrace.Kafka.Transactions;

/// <summary>Writes what a broker is asked.</summary>
internal sealed class RequestWriter : WireWriter
{
    protected override Exception TooLong(int size, int limit) =>
        new ArgumentException($"A string of {size} bytes does not fit into a Kafka request; at most {limit} do.");
}
