using Millrace.Serialization;
using Xunit;

namespace Millrace.Tests.Serialization;

/// <summary>Short cuts over serializers.</summary>
internal static class Bytes
{
    public static byte[] Write<T>(T value)
    {
        DataWriter writer = new();
        TypeSerializers.For<T>().Serialize(value, writer);
        return writer.ToArray();
    }

    public static T Read<T>(byte[] bytes) => Read(TypeSerializers.For<T>(), bytes);

    public static T Read<T>(TypeSerializer<T> serializer, byte[] bytes)
    {
        DataReader reader = new(bytes);
        T value = serializer.Deserialize(ref reader);
        Assert.True(reader.AtEnd);
        return value;
    }

    /// <summary>Writes as one type and reads as its later version.</summary>
    public static TNew Migrate<TOld, TNew>(TOld value) =>
        Read(TypeSerializers.For<TNew>().ForWritten(TypeSerializers.For<TOld>().Schema), Write(value));
}
