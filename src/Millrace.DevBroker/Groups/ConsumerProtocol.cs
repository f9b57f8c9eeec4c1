using System.Buffers.Binary;
using System.Text;

namespace Millrace.DevBroker.Groups;

/// <summary>
/// The little that the broker reads of the consumers' own protocol: <c>i16 version, topics[], ...</c> at the start of a subscription.
/// </summary>
internal static class ConsumerProtocol
{
    public const string Type = "consumer";

    /// <summary>Adds the subscription's topics. False when it is not one.</summary>
    public static bool TryReadTopics(ReadOnlySpan<byte> subscription, HashSet<string> topics)
    {
        if (subscription.Length < sizeof(short) + sizeof(int))
        {
            return false;
        }

        int count = BinaryPrimitives.ReadInt32BigEndian(subscription[sizeof(short)..]);
        ReadOnlySpan<byte> rest = subscription[(sizeof(short) + sizeof(int))..];
        for (int i = 0; i < count; i++)
        {
            if (rest.Length < sizeof(short))
            {
                return false;
            }

            short length = BinaryPrimitives.ReadInt16BigEndian(rest);
            rest = rest[sizeof(short)..];
            if (length < 0 || length > rest.Length)
            {
                return false;
            }

            topics.Add(Encoding.UTF8.GetString(rest[..length]));
            rest = rest[length..];
        }

        return true;
    }
}
