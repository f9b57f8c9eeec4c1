using Millrace.Kafka.Protocol;

namespace Millrace.Kafka.Transactions;

/// <summary>Reads what a broker answers.</summary>
internal sealed class ResponseReader : WireReader
{
    internal ResponseReader(Memory<byte> response)
        : base(int.MaxValue) => Reset(response);

    protected override Exception Truncated(int wanted, int remaining) =>
        new InvalidDataException($"A Kafka response ends {wanted - remaining} bytes too early; is this a Kafka broker?");

    protected override Exception LongVarint() =>
        new InvalidDataException("A Kafka response has a number of more than 5 bytes; is this a Kafka broker?");

    protected override Exception TooManyElements(long count, int limit) =>
        new InvalidDataException($"A Kafka response announces {count} array elements, more than {limit}; is this a Kafka broker?");
}
