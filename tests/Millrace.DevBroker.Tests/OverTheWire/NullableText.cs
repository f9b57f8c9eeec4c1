using System.Text;
using Confluent.Kafka;

namespace Millrace.DevBroker.Tests.OverTheWire;

/// <summary>Text as UTF-8 that keeps null and empty apart.</summary>
internal static class NullableText
{
    public static ISerializer<string?> Serializer { get; } = new Writer();

    public static IDeserializer<string?> Deserializer { get; } = new Reader();

    private sealed class Writer : ISerializer<string?>
    {
        public byte[] Serialize(string? data, SerializationContext context) => data is null ? null! : Encoding.UTF8.GetBytes(data);
    }

    private sealed class Reader : IDeserializer<string?>
    {
        public string? Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context) =>
            isNull ? null : Encoding.UTF8.GetString(data);
    }
}
