using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.Serialization;
using Millrace.Serialization;
using Xunit;

namespace Millrace.Tests.Serialization;

public sealed class TypeSerializersTests
{
    [Fact]
    public void ShouldMakeASerializer_WhenSeveralThreadsAskAtOnce()
    {
        // Each closed type is new, so that nothing of it has been looked at before.
        MethodInfo make = typeof(TypeSerializersTests).GetMethod(nameof(MakeAtOnce), BindingFlags.NonPublic | BindingFlags.Static)!;
        Type tag = typeof(string);
        for (int i = 0; i < 100; i++, tag = tag.MakeArrayType())
        {
            make.MakeGenericMethod(tag).Invoke(obj: null, []);
        }
    }

    private static void MakeAtOnce<TTag>()
    {
        using Barrier barrier = new(4);
        Task[] tasks =
        [
            .. Enumerable
                .Range(0, 4)
                .Select(_ =>
                    Task.Factory.StartNew(
                        () =>
                        {
                            barrier.SignalAndWait();
                            Assert.NotNull(TypeSerializers.For<Asked<TTag>>());
                        },
                        CancellationToken.None,
                        TaskCreationOptions.LongRunning,
                        TaskScheduler.Default
                    )
                ),
        ];
        Task.WaitAll(tasks);
    }

    private sealed record Asked<TTag>(int First, string Second, long Third, DateTimeOffset Fourth);

    public enum Color : short
    {
        Red = -1,
        Blue = 300,
    }

    [Fact]
    public void ShouldReadBackWhatWasWritten_WhenTypeIsALeaf()
    {
        RoundTrip(true);
        RoundTrip('ß');
        RoundTrip(sbyte.MinValue);
        RoundTrip(short.MinValue);
        RoundTrip(int.MinValue);
        RoundTrip(long.MinValue);
        RoundTrip(long.MaxValue);
        RoundTrip(byte.MaxValue);
        RoundTrip(ushort.MaxValue);
        RoundTrip(uint.MaxValue);
        RoundTrip(ulong.MaxValue);
        RoundTrip(1.5f);
        RoundTrip(Math.PI);
        RoundTrip(1.50m);
        RoundTrip("Grüße");
        RoundTrip("");
        RoundTrip<string?>(null);
        RoundTrip(new Guid("00112233-4455-6677-8899-aabbccddeeff"));
        RoundTrip(new DateTime(2024, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        RoundTrip(new DateTimeOffset(2024, 1, 2, 3, 4, 5, TimeSpan.FromHours(-3)));
        RoundTrip(TimeSpan.FromTicks(-7));
        RoundTrip(new DateOnly(2024, 2, 29));
        RoundTrip(new TimeOnly(23, 59));
        RoundTrip(Color.Blue);
        RoundTrip(Color.Red);
        RoundTrip<int?>(null);
        RoundTrip<int?>(5);
    }

    [Fact]
    public void ShouldReadBackWhatWasWritten_WhenTypeIsACollection()
    {
        Same([1, 2, 3], Again<int[]>([1, 2, 3]));
        Same("\u0001\u0002"u8.ToArray(), Again("\u0001\u0002"u8.ToArray()));
        Same(["a", null], Again<List<string?>>(["a", null]));
        Same([3, 4], Again<HashSet<int>>([3, 4]));
        Same([3, 4], Again<ImmutableArray<int>>([3, 4]));
        Same([3, 4], Again<IReadOnlyList<int>>([3, 4]));
        Same([3, 4], Again<ImmutableList<int>>([3, 4]));
        Same([new("a", [1])], Again(new Dictionary<string, int[]> { ["a"] = [1] }), entry => (entry.Key, entry.Value[0]));
        Same([new(1, 2)], Again<IReadOnlyDictionary<int, int>>(new Dictionary<int, int> { [1] = 2 }), entry => entry);
        Assert.Null(Again<int[]?>(null));
        Assert.Null(Again<List<int>?>(null));
        Assert.Null(Again<Dictionary<int, int>?>(null));
        Assert.True(Again<ImmutableArray<int>>(default).IsDefault);
    }

    [Fact]
    public void ShouldReadBackWhatWasWritten_WhenTypeHasMembers()
    {
        RoundTrip((1, "b", 2.5));
        RoundTrip((1, 2, 3, 4, 5, 6, 7, 8, 9));
        RoundTrip(Tuple.Create(1, "x"));
        RoundTrip(new KeyValuePair<string, long>("k", 9));
        RoundTrip(new Positional(1, "n"));
        RoundTrip<Positional?>(null);
        RoundTrip(new PositionalStruct(7, new Positional(1, "n")));
        RoundTrip(new Empty());
        RoundTrip(default(EmptyStruct));
        Assert.Equal([default, default], Again(new EmptyStruct[2]));

        WithProperties read = Again(
            new WithProperties
            {
                Count = 3,
                Name = "n",
                Field = 4,
                Ignored = 99,
            }
        );

        Assert.Equal((3, "n", 4, 0), (read.Count, read.Name, read.Field, read.Ignored));
        Assert.Equal(10, Again(new ByConstructor(5)).Twice);
        Assert.Equal((1, 2), (Again(new Derived { A = 1, B = 2 }).A, Again(new Derived { A = 1, B = 2 }).B));
    }

    [Theory]
    [InlineData(typeof(object), "Object")]
    [InlineData(typeof(HoldsObject), "Member 'HoldsObject.Anything'")]
    [InlineData(typeof(Hidden), "field '_sum' is not public")]
    [InlineData(typeof(Unsettable), "member 'Value' can be set neither")]
    [InlineData(typeof(Cyclic), "it contains itself")]
    [InlineData(typeof(Action), "cannot be built from public members")]
    public void ShouldNameMemberAndRemedy_WhenTypeCannotBeSerialized(Type type, string expected)
    {
        UnsupportedStateException exception = Assert.Throws<UnsupportedStateException>(() => SerializerFactory.For(type));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.Contains("TypeSerializers.Register<", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldRefuseValue_WhenItIsOfADerivedType() =>
        Assert.Contains(
            "members of the derived type would be lost",
            Assert.Throws<UnsupportedStateException>(() => Bytes.Write<Base>(new Derived())).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void ShouldUseOwnSerializer_WhenTypeOrMemberNamesOne()
    {
        Assert.Equal("7", Again(new Odd("7")).Text);
        Assert.Equal("x!", Again(new HoldsOdd { Text = "x" }).Text);
    }

    [Fact]
    public void ShouldRefuseRegistration_WhenTypeIsAlreadyInUse()
    {
        TypeSerializers.For<RegisteredLate>();

        Assert.Throws<InvalidOperationException>(() => TypeSerializers.Register(new RegisteredLate.Own()));
    }

    [Theory]
    [InlineData(new byte[] { 200, 1 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 15 })]
    public void ShouldThrowInvalidData_WhenCountExceedsWhatIsLeft(byte[] bytes) =>
        Assert.Throws<InvalidDataException>(() => Bytes.Read<int[]>(bytes));

    private static void RoundTrip<T>(T value) => Assert.Equal(value, Again(value));

    private static T Again<T>(T value) => Bytes.Read<T>(Bytes.Write(value));

    private static void Same<T>(IEnumerable<T> expected, IEnumerable<T> actual) => Assert.Equal(expected, actual);

    private static void Same<T, TBy>(IEnumerable<T> expected, IEnumerable<T> actual, Func<T, TBy> by) =>
        Assert.Equal(expected.Select(by), actual.Select(by));

    public sealed record Positional(int Id, string Name);

    public readonly record struct PositionalStruct(long X, Positional Inner);

    public sealed record Empty;

    public readonly record struct EmptyStruct;

    public sealed class WithProperties
    {
        public int Field;

        public required int Count { get; init; }

        public string Name { get; set; } = "";

        public int Computed => Count * 2;

        [IgnoreDataMember]
        public int Ignored { get; set; }
    }

    public sealed class ByConstructor(int value)
    {
        public int Value { get; } = value;

        public int Twice => Value * 2;
    }

    public class Base
    {
        public int A { get; set; }
    }

    public sealed class Derived : Base
    {
        public int B { get; set; }
    }

    public sealed class HoldsObject
    {
        public object? Anything { get; set; }
    }

    public sealed class Hidden
    {
        private int _sum;

        public void Add(int value) => _sum += value;

        public override string ToString() => $"{_sum}";
    }

    public sealed class Unsettable
    {
        public int Value { get; } = 3;
    }

    public sealed class Cyclic
    {
        public Cyclic? Next { get; set; }
    }

    [SerializeWith(typeof(OddSerializer))]
    public sealed class Odd(string text)
    {
        public string Text => text;
    }

    public sealed class HoldsOdd
    {
        [SerializeWith(typeof(Shouting))]
        public string Text { get; set; } = "";
    }

    public sealed class RegisteredLate
    {
        public sealed class Own : Custom<RegisteredLate>
        {
            public override void Serialize(RegisteredLate value, DataWriter writer) { }

            public override RegisteredLate Deserialize(ref DataReader reader) => new();
        }
    }

    public sealed class OddSerializer : Custom<Odd>
    {
        public override void Serialize(Odd value, DataWriter writer) => writer.WriteString(value.Text);

        public override Odd Deserialize(ref DataReader reader) => new(reader.ReadString()!);
    }

    public sealed class Shouting : Custom<string>
    {
        public override void Serialize(string value, DataWriter writer) => writer.WriteString(value + "!");

        public override string Deserialize(ref DataReader reader) => reader.ReadString()!;
    }

    public abstract class Custom<T> : TypeSerializer<T>
    {
        public override TypeSchema Schema { get; } = new("custom", typeof(T).Name, []);

        public override TypeSerializer<T> ForWritten(TypeSchema written) => this;
    }
}
