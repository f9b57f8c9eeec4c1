using Millrace.Savepoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Tests.Serialization;
using Xunit;

namespace Millrace.Tests.State;

/// <summary>Keys that are known by their schema alone have the hash that they have by their type.</summary>
public sealed class SchemaKeyHasherTests
{
    private enum Color
    {
        Red = 3,
        Blue = -4,
    }

    [Fact]
    public void ShouldHaveTheHashOfItsType_WhenOnlyTheSchemaIsKnown()
    {
        HasSameHash(-7);
        HasSameHash(byte.MaxValue);
        HasSameHash(long.MinValue);
        HasSameHash(ulong.MaxValue);
        HasSameHash('x');
        HasSameHash(true);
        HasSameHash("text");
        HasSameHash("");
        HasSameHash(-0.0);
        HasSameHash(1.5f);
        HasSameHash(1.50m);
        HasSameHash(Guid.Parse("8a4b0e9e-90a3-4d0c-9a53-0a4d5d3d2a11"));
        HasSameHash(new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Local));
        HasSameHash(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(3)));
        HasSameHash(TimeSpan.FromSeconds(5));
        HasSameHash(new DateOnly(2026, 1, 2));
        HasSameHash(new TimeOnly(3, 4));
        HasSameHash(Color.Blue);
        HasSameHash((1, "x"));
        HasSameHash((1.50m, "x", Color.Red));
        HasSameHash((1, (2, "y")));
        HasSameHash(((int?)1, "x"));
        HasSameHash((1, 2, 3, 4m));
        HasSameHash(new Place("a", 1.50m, null, DateTimeOffset.UnixEpoch, new Spot(-0.0, Color.Red)));
    }

    [Fact]
    public void ShouldFindEqualKeysEqual_WhenTheirBytesDiffer()
    {
        SchemaKeyHasher byForm = new(isByForm: true);
        Assert.True(byForm.Equals(Value(1.5m), Value(1.50m)));
        Assert.False(byForm.Equals(Value(1.5m), Value(1.51m)));
        Assert.False(new SchemaKeyHasher(isByForm: false).Equals(Value(1.5m), Value(1.50m)));
    }

    [Fact]
    public void ShouldFindTheKeyGroup_WhenAKeyIsText()
    {
        IsInGroupOf("-7", -7);
        IsInGroupOf("7", (byte)7);
        IsInGroupOf("some text", "some text");
        IsInGroupOf("1.50", 1.5m);
        IsInGroupOf("1e3", 1_000.0);
        IsInGroupOf("true", true);
        IsInGroupOf("8a4b0e9e-90a3-4d0c-9a53-0a4d5d3d2a11", Guid.Parse("8a4b0e9e-90a3-4d0c-9a53-0a4d5d3d2a11"));
        IsInGroupOf("2026-01-02T03:04:05+03:00", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(3)));
        IsInGroupOf("2026-01-02", new DateOnly(2026, 1, 2));
        Assert.Null(SchemaKeyText.GroupOf(TypeSerializers.For<int>().Schema, "seven", 128));
        Assert.Null(SchemaKeyText.GroupOf(TypeSerializers.For<Spot>().Schema, "{}", 128));
    }

    private static void IsInGroupOf<TKey>(string text, TKey key)
        where TKey : notnull =>
        Assert.Equal(
            KeyGroups.KeyGroupOf(KeyHashers.For<TKey>().Hash(key), 32_768),
            SchemaKeyText.GroupOf(TypeSerializers.For<TKey>().Schema, text, 32_768)
        );

    private static void HasSameHash<TKey>(TKey key)
        where TKey : notnull => Assert.Equal(KeyHashers.For<TKey>().Hash(key), new SchemaKeyHasher(isByForm: false).Hash(Value(key)));

    private static SchemaValue Value<T>(T value)
    {
        DataReader reader = new(Bytes.Write(value));
        return new SchemaSerializer(TypeSerializers.For<T>().Schema).Deserialize(ref reader);
    }

    private readonly record struct Spot(double X, Color Color);

    private sealed record Place(string Name, decimal Size, int? Floor, DateTimeOffset Since, Spot Spot);
}
