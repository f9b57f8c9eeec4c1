using Millrace.Serialization;
using Xunit;

namespace Millrace.Tests.Serialization;

/// <summary>The byte formats as they are written into users' state: a change here breaks every checkpoint there is.</summary>
public sealed class GoldenBytesTests
{
    [Fact]
    public void ShouldKeepFormat_WhenVersionsGoBy()
    {
        Golden(-1, "01");
        Golden(300L, "D804");
        Golden(300u, "AC02");
        Golden(1.5f, "0000C03F");
        Golden(1.5, "000000000000F83F");
        Golden(1.50m, "96000000000000000000000000000200");
        Golden("ab", "036162");
        Golden<string?>(null, "00");
        Golden(new Guid("00112233-4455-6677-8899-aabbccddeeff"), "33221100554477668899AABBCCDDEEFF");
        Golden(new DateTime(1, 1, 1, 0, 0, 1, DateTimeKind.Utc), "018096980000000000");
        Golden(new DateTimeOffset(1, 1, 2, 0, 0, 0, TimeSpan.FromHours(1)), "7800C0692AC9000000");
        Golden(TimeSpan.FromTicks(1), "02");
        Golden<int?>(1, "0102");
        Golden<int[]?>([1, 2], "030204");
        Golden(new byte[] { 9 }, "0209");
        Golden(new Dictionary<string, int> { ["a"] = 1 }, "02026102");
        Golden((1, "a"), "020261");
        Golden(new Sample(1, "a", true), "0102026101");
    }

    [Fact]
    public void ShouldKeepSchemaFormat_WhenVersionsGoBy()
    {
        DataWriter writer = new();

        TypeSerializers.For<Sample>().Schema.WriteTo(writer);

        Assert.Equal(
            "01077265636F72640753616D706C65030349640"
                + "6696E74333206696E743332000"
                + "54E616D6507737472696E6707737472696E6700074163746976650"
                + "5626F6F6C05626F6F6C00",
            Convert.ToHexString(writer.WrittenSpan)
        );
    }

    private static void Golden<T>(T value, string expected) => Assert.Equal(expected, Convert.ToHexString(Bytes.Write(value)));

    private sealed record Sample(int Id, string Name, bool Active);
}
