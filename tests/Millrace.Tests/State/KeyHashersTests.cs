using Millrace.Serialization;
using Millrace.State;
using Xunit;

namespace Millrace.Tests.State;

public sealed class KeyHashersTests
{
    [Fact]
    public void ShouldKeepHashes_WhenVersionsGoBy()
    {
        Golden(1, 0x910A2DEC);
        Golden(1L, 0x910A2DEC);
        Golden("auction", 0x6716F6F2);
        Golden((1L, "a"), 0x16D37110);
        Golden(new Guid("00112233-4455-6677-8899-aabbccddeeff"), 0xCC170F46);
        Golden(new Composite(1, "a"), 0x95DE13A5);
        Golden(DayOfWeek.Friday, 0x63033B0C);
    }

    [Fact]
    public void ShouldSpreadEvenly_WhenKeysAreSequential()
    {
        const int Groups = 128;
        int[] counts = new int[Groups];
        for (long key = 0; key < 128_000; key++)
        {
            counts[KeyGroups.KeyGroupOf(KeyHashers.For<long>().Hash(key), Groups)]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 800, 1200));
    }

    [Fact]
    public void ShouldHashEqual_WhenKeysAreEqual()
    {
        Same(0.0, -0.0);
        Same(1.0m, 1.00m);
        Same(new DateTimeOffset(2024, 1, 1, 1, 0, 0, TimeSpan.FromHours(1)), new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Same(new Composite(3, "x"), new Composite(3, "x"));
    }

    [Theory]
    [InlineData(typeof(int[]), "compared by reference")]
    [InlineData(typeof(NoEquals), "without an Equals")]
    [InlineData(typeof(HoldsList), "compared by reference")]
    public void ShouldRefuse_WhenTypeCannotBeAKey(Type type, string reason)
    {
        Action act =
            type == typeof(int[]) ? () => KeyHashers.For<int[]>()
            : type == typeof(NoEquals) ? () => KeyHashers.For<NoEquals>()
            : () => KeyHashers.For<HoldsList>();

        Assert.Contains(reason, Assert.Throws<UnsupportedStateException>(act).Message, StringComparison.Ordinal);
    }

    private static void Golden<TKey>(TKey key, uint expected)
        where TKey : notnull => Assert.Equal($"{key} {expected:X8}", $"{key} {KeyHashers.For<TKey>().Hash(key):X8}");

    private static void Same<TKey>(TKey left, TKey right)
        where TKey : notnull
    {
        Assert.True(KeyHashers.For<TKey>().Equals(left, right));
        Assert.Equal(KeyHashers.For<TKey>().Hash(left), KeyHashers.For<TKey>().Hash(right));
    }

    private sealed record Composite(int Id, string Name);

    private sealed class NoEquals
    {
        public int Id { get; set; }
    }

    private sealed record HoldsList(List<int> Items);
}
