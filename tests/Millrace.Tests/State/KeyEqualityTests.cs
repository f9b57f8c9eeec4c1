using System.IO.Hashing;
using System.Runtime.Serialization;
using FsCheck;
using FsCheck.Fluent;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Tests.Serialization;
using Xunit;

namespace Millrace.Tests.State;

/// <summary>Keys that are equal have one hash, before and after a restore; a type for which that cannot be shown is refused.</summary>
public sealed class KeyEqualityTests
{
    private const int Groups = 128;

    /// <summary>Pairs of values that are equal but differ in their bytes, in all kinds of types that hold them.</summary>
    [Fact]
    public void ShouldHaveOneHash_WhenKeysAreEqual()
    {
        Gen<(Parts Left, Parts Right)> twins =
            from price in ArbMap.Default.GeneratorFor<decimal>()
            from factor in Gen.Elements(1m, 1.0m, 1.00m, 1.00000m)
            from number in Gen.Elements(0.0, 1.5, double.NaN, -3, double.MaxValue)
            from other in Gen.Elements(-0.0, BitConverter.Int64BitsToDouble(0x7FF8000000000123))
            from ticks in Gen.Choose(0, int.MaxValue)
            from offset in Gen.Choose(-14 * 60, 14 * 60)
            from kind in Gen.Elements(DateTimeKind.Local, DateTimeKind.Unspecified, DateTimeKind.Utc)
            from text in ArbMap.Default.GeneratorFor<string>()
            from hasPrice in Gen.Elements(true, false)
            let instant = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(ticks)
            let scaled = Scale(price, factor)
            let twin = number == 0 ? (double.IsNaN(other) ? 0.0 : other)
            : double.IsNaN(number) && double.IsNaN(other) ? other
            : number
            select (
                new Parts(
                    text,
                    price,
                    number,
                    (float)number,
                    instant,
                    instant.UtcDateTime,
                    hasPrice ? price : null,
                    hasPrice ? new Inner(number, price) : null,
                    (price, instant)
                ),
                new Parts(
                    text,
                    scaled,
                    twin,
                    (float)twin,
                    instant.ToOffset(TimeSpan.FromMinutes(offset)),
                    DateTime.SpecifyKind(instant.UtcDateTime, kind),
                    hasPrice ? scaled : null,
                    hasPrice ? new Inner(twin, scaled) : null,
                    (scaled, instant.ToOffset(TimeSpan.FromMinutes(-offset)))
                )
            );

        Prop.ForAll(
                twins.ToArbitrary(),
                pair =>
                {
                    (Parts left, Parts right) = pair;
                    OneKey(left, right);
                    OneKey(left.Price, right.Price);
                    OneKey(left.Number, right.Number);
                    OneKey(left.Single, right.Single);
                    OneKey(left.Instant, right.Instant);
                    OneKey(left.Time, right.Time);
                    OneKey((left.Text, left.Price), (right.Text, right.Price));
                    OneKey((left.Price, left.Number, left.Time), (right.Price, right.Number, right.Time));
                    OneKey((left.Maybe, left.Text), (right.Maybe, right.Text));
                    OneKey((1, left.Price, left.Number, left.Instant), (1, right.Price, right.Number, right.Instant));
                    OneKey(
                        (1, 2, 3, 4, 5, 6, left.Text, left.Price, left.Instant),
                        (1, 2, 3, 4, 5, 6, right.Text, right.Price, right.Instant)
                    );
                    OneKey(Tuple.Create(left.Text, left.Price, left.Inner), Tuple.Create(right.Text, right.Price, right.Inner));
                    OneKey(
                        new KeyValuePair<string, DateTimeOffset>(left.Text, left.Instant),
                        new KeyValuePair<string, DateTimeOffset>(right.Text, right.Instant)
                    );
                    OneKey(new Inner(left.Number, left.Price), new Inner(right.Number, right.Price));
                    OneKey(new Plain { At = left.Time, Price = left.Price }, new Plain { At = right.Time, Price = right.Price });
                    OneKey(
                        new Plain?(new Plain { At = left.Time, Price = left.Price }).Value,
                        new Plain { At = right.Time, Price = right.Price }
                    );
                    OneKey(new { left.Price, left.Text }, new { right.Price, right.Text });
                    OneKey(new Derived(left.Price) { Extra = left.Number }, new Derived(right.Price) { Extra = right.Number });
                    OneKey(new WithOwnSerializer(left.Price), new WithOwnSerializer(right.Price));
                }
            )
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void ShouldHaveOneHash_WhenDecimalHasMoreDigitsThanADouble() => OneKey(0.1234567890123456789m, 0.1234567890123456789000m);

    [Fact]
    public void ShouldKeepHash_WhenKeyIsInItsShortestForm()
    {
        Kept(new Inner(1.5, 1.5m));
        Kept(new Inner(double.NaN, -12m));
        Kept(new Plain { At = new DateTime(2024, 1, 2, 3, 4, 5, DateTimeKind.Utc), Price = 0.01m });
        Kept((1, 2, 3, new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        Kept(("a", new decimal?(1.25m), 2));
        Kept(new Parts("é", 7m, 0, 0, DateTimeOffset.UnixEpoch, DateTime.UnixEpoch, null, null, (1.1m, DateTimeOffset.UnixEpoch)));
        Kept(new WithOwnSerializer(2m));
        Assert.Equal(0xD6DAB18Eu, KeyHashers.For<decimal>().Hash(1.5m));
    }

    [Theory]
    [InlineData(typeof(OwnEquals), "'OwnEquals' has an Equals of its own")]
    [InlineData(typeof(OwnStructEquals), "'OwnStructEquals' has an Equals of its own")]
    [InlineData(typeof(OwnRecordEquals), "'OwnRecordEquals' has an Equals of its own")]
    [InlineData(typeof(ExplicitEquals), "'ExplicitEquals' has an Equals of its own")]
    [InlineData(typeof(DerivedFromOwnEquals), "'OwnRecordEquals' has an Equals of its own")]
    [InlineData(typeof(HoldsOwnEquals), "Member 'HoldsOwnEquals.Name'")]
    [InlineData(typeof(HoldsPlainClass), "'PlainClass' is a class without an Equals of its own")]
    [InlineData(typeof((int, int, int, PlainClass)), "'PlainClass' is a class without an Equals of its own")]
    [InlineData(typeof(HoldsArray), "collections are compared by reference")]
    [InlineData(typeof(HoldsSet), "collections are compared by reference")]
    [InlineData(typeof((string, int[])), "collections are compared by reference")]
    [InlineData(typeof(Tuple<List<int>>), "collections are compared by reference")]
    [InlineData(typeof(int[]), "collections are compared by reference")]
    [InlineData(typeof(HidesAMember), "'Label' takes part in Equals but is not kept in state")]
    [InlineData(typeof(Odd), "has a serializer of its own")]
    [InlineData(typeof(Version), "'Version' has an Equals of its own")]
    public void ShouldBeRefusedAtBuild_WhenEqualKeysMayHaveTwoHashes(Type type, string expected)
    {
        UnsupportedStateException exception = Assert.Throws<UnsupportedStateException>(() => HasherOf(type));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.Contains("KeyHashers.Register", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"'{type}'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldUseOwnHasher_WhenOneIsRegisteredForAMember()
    {
        KeyHashers.Register(new Caseless.Hasher());

        OneKey(new HoldsCaseless(new Caseless("a"), 1.0m), new HoldsCaseless(new Caseless("A"), 1m));
        OneKey((1, new Caseless("a"), 2, 3), (1, new Caseless("A"), 2, 3));
    }

    [Fact]
    public void ShouldCompareBytes_WhenAskedTo()
    {
        IKeyHasher<HoldsArray> arrays = KeyHashers.ByBytes<HoldsArray>();
        Assert.True(arrays.Equals(new([1, 2]), new([1, 2])));
        Assert.False(arrays.Equals(new([1, 2]), new([1, 3])));
        Assert.Equal(arrays.Hash(new([1, 2])), arrays.Hash(new([1, 2])));
        Assert.Equal(HashOfBytes(new HoldsArray([1, 2])), arrays.Hash(new([1, 2])));
        IKeyHasher<Inner> numbers = KeyHashers.ByBytes<Inner>();
        Assert.False(numbers.Equals(new(1, 1.0m), new(1, 1m)));
        Assert.Equal(HashOfBytes(new Inner(1, 1.0m)), numbers.Hash(new(1, 1.0m)));
    }

    private static void OneKey<TKey>(TKey left, TKey right)
        where TKey : notnull
    {
        IKeyHasher<TKey> hasher = KeyHashers.For<TKey>();
        uint hash = hasher.Hash(left);
        Assert.True(hasher.Equals(left, right), $"{left} and {right} are no twins");
        Assert.True(hash == hasher.Hash(right), $"{left} and {right} of {typeof(TKey)} have two hashes");
        Assert.Equal(KeyGroups.KeyGroupOf(hash, Groups), KeyGroups.KeyGroupOf(hasher.Hash(right), Groups));
        TKey restored = Bytes.Read<TKey>(Bytes.Write(right));
        Assert.True(hasher.Equals(left, restored));
        Assert.Equal(hash, hasher.Hash(restored));
    }

    private static void Kept<TKey>(TKey key)
        where TKey : notnull => Assert.Equal(HashOfBytes(key), KeyHashers.For<TKey>().Hash(key));

    private static uint HashOfBytes<TKey>(TKey key)
    {
        ulong hash = XxHash3.HashToUInt64(Bytes.Write(key));
        return (uint)(hash ^ (hash >> 32));
    }

    private static decimal Scale(decimal value, decimal factor)
    {
        try
        {
            decimal scaled = value * factor;
            return scaled == value ? scaled : value;
        }
        catch (OverflowException)
        {
            return value;
        }
    }

    private static object HasherOf(Type type) =>
        typeof(KeyHashers)
            .GetMethod(nameof(KeyHashers.For))!
            .MakeGenericMethod(type)
            .Invoke(null, System.Reflection.BindingFlags.DoNotWrapExceptions, null, [], null)!;

    public sealed record Parts(
        string Text,
        decimal Price,
        double Number,
        float Single,
        DateTimeOffset Instant,
        DateTime Time,
        decimal? Maybe,
        Inner? Inner,
        (decimal Price, DateTimeOffset At) Pair
    );

    public sealed record Inner(double Number, decimal Price);

    public struct Plain
    {
        public DateTime At { get; set; }

        public decimal Price { get; set; }
    }

    public record Base(decimal Price);

    public sealed record Derived(decimal Price) : Base(Price)
    {
        public double Extra { get; init; }
    }

    public sealed record WithOwnSerializer([property: SerializeWith(typeof(Words))] decimal Price);

    public sealed class Words : TypeSerializer<decimal>
    {
        public override TypeSchema Schema { get; } = new("words", "words", []);

        public override void Serialize(decimal value, DataWriter writer) => TypeSerializers.For<decimal>().Serialize(value, writer);

        public override decimal Deserialize(ref DataReader reader) => TypeSerializers.For<decimal>().Deserialize(ref reader);

        public override TypeSerializer<decimal> ForWritten(TypeSchema written) => this;
    }

    public sealed class OwnEquals
    {
        public string Name { get; set; } = "";

        public override bool Equals(object? obj) =>
            obj is OwnEquals other && string.Equals(Name, other.Name, StringComparison.OrdinalIgnoreCase);

        public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(Name);
    }

    public readonly struct OwnStructEquals(int value) : IEquatable<OwnStructEquals>
    {
        public int Value { get; } = value;

        public static bool operator ==(OwnStructEquals left, OwnStructEquals right) => left.Equals(right);

        public static bool operator !=(OwnStructEquals left, OwnStructEquals right) => !left.Equals(right);

        public bool Equals(OwnStructEquals other) => Value % 10 == other.Value % 10;

        public override bool Equals(object? obj) => obj is OwnStructEquals other && Equals(other);

        public override int GetHashCode() => Value % 10;
    }

    public record OwnRecordEquals(string Name)
    {
        public virtual bool Equals(OwnRecordEquals? other) =>
            other is not null && string.Equals(Name, other.Name, StringComparison.OrdinalIgnoreCase);

        public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(Name);
    }

    public sealed record DerivedFromOwnEquals(string Name, int Id) : OwnRecordEquals(Name);

#pragma warning disable CA1067, MA0095 // Without an Equals(object) is the case.
    public struct ExplicitEquals : IEquatable<ExplicitEquals>
    {
        public int Value { get; set; }

        readonly bool IEquatable<ExplicitEquals>.Equals(ExplicitEquals other) => Value % 10 == other.Value % 10;
    }
#pragma warning restore CA1067, MA0095

    public sealed record HoldsOwnEquals(OwnEquals Name);

    public sealed class PlainClass
    {
        public int Id { get; set; }
    }

    public sealed record HoldsPlainClass(PlainClass Part);

    public sealed record HoldsArray(int[] Items);

    public readonly record struct HoldsSet(HashSet<string> Items);

    public sealed record HidesAMember(int Id)
    {
        [IgnoreDataMember]
        public string Label { get; set; } = "";
    }

    [SerializeWith(typeof(OddSerializer))]
    public sealed record Odd(decimal Value);

    public sealed class OddSerializer : TypeSerializer<Odd>
    {
        public override TypeSchema Schema { get; } = new("odd", "odd", []);

        public override void Serialize(Odd value, DataWriter writer) => TypeSerializers.For<decimal>().Serialize(value.Value, writer);

        public override Odd Deserialize(ref DataReader reader) => new(TypeSerializers.For<decimal>().Deserialize(ref reader));

        public override TypeSerializer<Odd> ForWritten(TypeSchema written) => this;
    }

    public sealed record HoldsCaseless(Caseless Name, decimal Price);

    public readonly struct Caseless(string name) : IEquatable<Caseless>
    {
        public string Name { get; } = name;

        public static bool operator ==(Caseless left, Caseless right) => left.Equals(right);

        public static bool operator !=(Caseless left, Caseless right) => !left.Equals(right);

        public bool Equals(Caseless other) => string.Equals(Name, other.Name, StringComparison.OrdinalIgnoreCase);

        public override bool Equals(object? obj) => obj is Caseless other && Equals(other);

        public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(Name);

        public sealed class Hasher : IKeyHasher<Caseless>
        {
            public uint Hash(Caseless key) => KeyHashers.For<string>().Hash(key.Name.ToUpperInvariant());

            public bool Equals(Caseless left, Caseless right) => left.Equals(right);
        }
    }
}
