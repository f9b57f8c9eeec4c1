using Millrace.Serialization;
using Xunit;

namespace Millrace.Tests.Serialization;

/// <summary>Values read by their schema alone.</summary>
public sealed class SchemaNodeTests
{
    [Flags]
    private enum Rights
    {
        None = 0,
        Read = 1,
        Write = 2,
        Both = 3,
        Own = 8,
    }

    private enum Color : byte
    {
        Red = 1,
        Green = 200,
    }

    [Fact]
    public void ShouldWriteJson_WhenValueIsPlain()
    {
        Assert.Equal("-5", Json(-5));
        Assert.Equal("18446744073709551615", Json(ulong.MaxValue));
        Assert.Equal("-9223372036854775808", Json(long.MinValue));
        Assert.Equal("-128", Json(sbyte.MinValue));
        Assert.Equal("true", Json(true));
        Assert.Equal("\"x\"", Json('x'));
        Assert.Equal("1.50", Json(1.50m));
        Assert.Equal("1.5", Json(1.5));
        Assert.Equal("0.1", Json(0.1f));
        Assert.Equal("\"NaN\"", Json(double.NaN));
        Assert.Equal("\"-Infinity\"", Json(float.NegativeInfinity));
        Assert.Equal("\"größer <&> \\\"x\\\"\"", Json("größer <&> \"x\""));
        Assert.Equal("null", Json<string?>(null));
        Assert.Equal("\"00ff\"", Json<byte[]>([0, 255]));
        Assert.Equal("\"00000000-0000-0000-0000-000000000001\"", Json(new Guid(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)));
        Assert.Equal("\"2026-11-27T08:00:00Z\"", Json(new DateTime(2026, 11, 27, 8, 0, 0, DateTimeKind.Utc)));
        Assert.Equal("\"2026-11-27T08:00:00+02:00\"", Json(new DateTimeOffset(2026, 11, 27, 8, 0, 0, TimeSpan.FromHours(2))));
        Assert.Equal("\"1.02:03:04\"", Json(new TimeSpan(1, 2, 3, 4)));
        Assert.Equal("\"2026-11-27\"", Json(new DateOnly(2026, 11, 27)));
        Assert.Equal("\"08:01:00.0000000\"", Json(new TimeOnly(8, 1)));
    }

    [Fact]
    public void ShouldWriteJson_WhenTextIsCutThroughAnEmoji() => Assert.Equal("\"\\uFFFD\"", Json("😀"[..1]), ignoreCase: true);

    [Fact]
    public void ShouldWriteNames_WhenValueIsAnEnum()
    {
        Assert.Equal("\"Green\"", Json(Color.Green));
        Assert.Equal("\"7\"", Json((Color)7));
        Assert.Equal("\"Read\"", Json(Rights.Read));
        Assert.Equal("\"Both, Own\"", Json(Rights.Both | Rights.Own));
        Assert.Equal("\"None\"", Json(Rights.None));
        Assert.Equal("\"17\"", Json((Rights)17));
    }

    [Fact]
    public void ShouldWriteObjectsAndArrays_WhenValueHasParts()
    {
        Assert.Equal("null", Json<int?>(null));
        Assert.Equal("3", Json<int?>(3));
        Assert.Equal("[1,2]", Json<List<int>>([1, 2]));
        Assert.Equal("null", Json<int[]?>(null));
        Assert.Equal("[\"a\"]", Json(new HashSet<string>(["a"], StringComparer.OrdinalIgnoreCase)));
        Assert.Equal("{\"a\":1,\"b\":2}", Json(new SortedDictionary<string, int>(StringComparer.Ordinal) { ["a"] = 1, ["b"] = 2 }));
        Assert.Equal("{\"Green\":null}", Json(new Dictionary<Color, string?> { [Color.Green] = null }));
        Assert.Equal("[{\"key\":{\"X\":1,\"Y\":2},\"value\":3}]", Json(new Dictionary<Point, int> { [new Point(1, 2)] = 3 }));
        Assert.Equal(
            "{\"Id\":7,\"At\":{\"X\":1,\"Y\":2},\"Next\":null,\"Empty\":{},\"Notes\":[[\"n\"]]}",
            Json(
                new Order(
                    7,
                    new Point(1, 2),
                    null,
                    default,
                    [
                        ["n"],
                    ]
                )
            )
        );
        Assert.Equal("{\"Item1\":1,\"Item2\":\"x\"}", Json((1, "x")));
    }

    [Fact]
    public void ShouldSayWhatItIs_WhenSchemaIsPutInWords()
    {
        Assert.Equal(
            "Order { Id: int64, At: Point { X: int32, Y: int32 }, Next: string, Empty: Nothing, Notes: list<list<string>> }",
            SchemaJson.WordsOf(TypeSerializers.For<Order>().Schema)
        );
        Assert.Equal("map<enum Color (Red, Green), int32?>", SchemaJson.WordsOf(TypeSerializers.For<Dictionary<Color, int?>>().Schema));
        Assert.Equal("secret (by a serializer of its own)", SchemaJson.WordsOf(TypeSchema.Leaf("secret")));
    }

    [Fact]
    public void ShouldSayThatItsEndIsUnknown_WhenASerializerOfTheUsersHasWrittenAPart()
    {
        TypeSchema secret = new(SchemaKinds.List, "secret[]", [new TypeSchema.Field("element", TypeSchema.Leaf("secret"))]);
        Assert.False(SchemaNode.Of(secret).IsKnown);
        StateMigrationException refused = Assert.Throws<StateMigrationException>(() =>
        {
            DataReader reader = new([2, 0]);
            SchemaNode.Of(secret).Skip(ref reader);
        });
        Assert.Contains("'secret'", refused.Message, StringComparison.Ordinal);
    }

    private static string Json<T>(T value)
    {
        SchemaSerializer serializer = new(TypeSerializers.For<T>().Schema);
        byte[] bytes = Bytes.Write(value);

        // Read to the end, and no further.
        DataReader reader = new([.. bytes, 0xEE]);
        SchemaValue read = serializer.Deserialize(ref reader);
        Assert.Equal(1, reader.Remaining);
        Assert.Equal(bytes, read.Bytes.ToArray());
        return read.ToString();
    }

    private readonly record struct Point(int X, int Y);

    private readonly record struct Nothing;

    private sealed record Order(long Id, Point At, string? Next, Nothing Empty, List<string[]> Notes);
}
