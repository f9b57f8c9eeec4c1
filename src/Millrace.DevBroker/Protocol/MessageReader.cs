using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol;

/// <summary>Reads what clients send and what the broker's own files hold.</summary>
internal sealed class MessageReader() : WireReader(MaxElements)
{
    public const int MaxElements = 1_000_000;

    protected override Exception Truncated(int wanted, int remaining) =>
        new ProtocolException($"The message ends early: {wanted} more bytes were announced, {remaining} are left.");

    protected override Exception LongVarint() => new ProtocolException("A variable-length integer is longer than 5 bytes.");

    protected override Exception TooManyElements(long count, int limit) =>
        new ProtocolException($"The message announces {count} array elements; the limit is {limit}.");
}
