using System.Collections.Immutable;
using System.Globalization;
using Millrace.Api;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Serialization;

/// <summary>Collections in state come back with the comparer they had, or are refused.</summary>
public sealed class ComparerStateTests
{
    public static TheoryData<StringComparer> Comparers { get; } =
    [
        StringComparer.Ordinal,
        StringComparer.OrdinalIgnoreCase,
        StringComparer.InvariantCulture,
        StringComparer.InvariantCultureIgnoreCase,
        StringComparer.Create(CultureInfo.InvariantCulture, CompareOptions.IgnoreNonSpace | CompareOptions.IgnoreWidth),
    ];

    [Theory]
    [MemberData(nameof(Comparers))]
    public void ShouldComeBackWithItsComparer_WhenItIsKnown(StringComparer comparer)
    {
        Dictionary<string, int> map = new(comparer) { ["b"] = 1, ["A"] = 2 };
        Assert.True(Same(comparer, Again(map).Comparer));
        Assert.Equal(map, Again(map));
        Assert.True(Same(comparer, Assert.IsType<Dictionary<string, int>>(Again<IDictionary<string, int>>(map)).Comparer));
        Assert.True(
            Same(
                comparer,
                Assert
                    .IsType<Dictionary<string, int>>(Again<IReadOnlyDictionary<string, int>>(map.ToImmutableDictionary(comparer)))
                    .Comparer
            )
        );
        Assert.Equal(comparer, Again(new SortedDictionary<string, int>(map, comparer)).Comparer);
        Assert.True(Same(comparer, Again(map.ToImmutableDictionary(comparer)).KeyComparer));
        Assert.True(Same(comparer, Again(new HashSet<string>(["b", "A"], comparer)).Comparer));
        Assert.True(
            Same(comparer, Assert.IsType<HashSet<string>>(Again<ISet<string>>(new SortedSet<string>(["b", "A"], comparer))).Comparer)
        );
        Assert.True(
            Same(comparer, Assert.IsType<HashSet<string>>(Again<IReadOnlySet<string>>(new HashSet<string>(["b", "A"], comparer))).Comparer)
        );
        Assert.Equal(comparer, Again(new SortedSet<string>(["b", "A", "Ä"], comparer)).Comparer);
        Assert.Equal(new SortedSet<string>(["b", "A", "Ä"], comparer), Again(new SortedSet<string>(["b", "A", "Ä"], comparer)));
        Assert.True(Same(comparer, Again(ImmutableHashSet.Create(comparer, "b", "A")).KeyComparer));
    }

    [Fact]
    public void ShouldBeOneEntry_WhenRestoredBetweenTwoAdds()
    {
        Held held = new(new(StringComparer.OrdinalIgnoreCase) { ["apple"] = 1 }, [new(StringComparer.OrdinalIgnoreCase) { "x" }]);

        Held again = Again(held);
        again.Counts["APPLE"] = again.Counts.GetValueOrDefault("Apple") + 1;
        again.Sets[0].Add("X");

        Assert.Equal([new("apple", 2)], again.Counts);
        Assert.Equal(["x"], again.Sets[0]);
    }

    [Fact]
    public void ShouldBeDefault_WhenComparerIsTheDefault()
    {
        Assert.Same(EqualityComparer<int>.Default, Again(new Dictionary<int, int>(EqualityComparer<int>.Default) { [1] = 2 }).Comparer);
        Assert.Same(Comparer<string>.Default, Again(new SortedSet<string> { "b", "a" }).Comparer);
        Assert.Same(Comparer<(int, string)>.Default, Again(new SortedDictionary<(int, string), int> { [(1, "a")] = 1 }).Comparer);
    }

    [Fact]
    public void ShouldBeRefusedWithItsName_WhenComparerIsUnknown()
    {
        EqualityComparer<string> byLength = EqualityComparer<string>.Create(
            static (left, right) => left?.Length == right?.Length,
            static text => text.Length
        );
        Refused(new Dictionary<int, int>(new Modulo()), nameof(Modulo));
        Refused<IDictionary<int, int>>(new Dictionary<int, int>(new Modulo()), nameof(Modulo));
        Refused(new HashSet<string>(byLength), "DelegateEqualityComparer");
        Refused(new SortedSet<int>(Comparer<int>.Create(static (left, right) => right.CompareTo(left))), "ComparisonComparer");
        Refused(new SortedDictionary<int, int>(Comparer<int>.Create(static (left, right) => right.CompareTo(left))), "ComparisonComparer");
        Refused(ImmutableDictionary.Create<int, int>(new Modulo()), nameof(Modulo));
        Refused(ImmutableDictionary.Create<int, int>(null, new Modulo()), nameof(Modulo));
        Refused(ImmutableHashSet.Create<int>(new Modulo()), nameof(Modulo));
        Refused(new HashSet<string>(ReferenceEqualityComparer.Instance), nameof(ReferenceEqualityComparer));
        Refused(new Held(new(byLength), []), "DelegateEqualityComparer");
    }

    [Fact]
    public void ShouldKeepFormat_WhenVersionsGoBy()
    {
        Golden(new Dictionary<string, int> { ["a"] = 1 }, "02026102");
        Golden(new Dictionary<string, int>(StringComparer.Ordinal) { ["a"] = 1 }, "02026102");
        Golden(new HashSet<string> { "a" }, "020261");
        Golden(new SortedSet<string> { "a" }, "020261");
        Golden(new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["a"] = 1 }, "8080808008" + "02" + "02026102");
        Golden(new SortedSet<string>(StringComparer.Ordinal) { "a" }, "8080808008" + "01" + "020261");
        Golden(new HashSet<string>(StringComparer.InvariantCultureIgnoreCase) { "a" }, "8080808008" + "0301" + "01" + "020261");
    }

    [Fact]
    public void ShouldReadElements_WhenSetWithAComparerBecameAListOrIsGone()
    {
        HashSet<string> set = new(StringComparer.OrdinalIgnoreCase) { "a", "b" };

        Assert.Equal(["a", "b"], Bytes.Migrate<HashSet<string>, List<string>>(set));
        Assert.Equal(["a", "b"], Bytes.Migrate<HashSet<string>, string[]>(set));
        Assert.Equal(1, Bytes.Migrate<Gone.V1, Gone.V2>(new(set, new(StringComparer.OrdinalIgnoreCase) { ["a"] = 1 }, 1)).Kept);
        Assert.Equal(
            StringComparer.OrdinalIgnoreCase,
            Bytes.Migrate<Dictionary<string, int>, Dictionary<string, long>>(new(StringComparer.OrdinalIgnoreCase) { ["a"] = 1 }).Comparer
        );
    }

    [Fact]
    public void ShouldSayWhichVersion_WhenComparerIsOfALaterOne() =>
        Assert.Contains(
            "later",
            Assert.Throws<StateMigrationException>(() => Bytes.Read<HashSet<string>>(Convert.FromHexString("80808080087701"))).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void ShouldNameTheCulture_WhenMachineDoesNotKnowIt() =>
        Assert.Contains(
            "'!!'",
            Assert
                .Throws<StateMigrationException>(() =>
                    Bytes.Read<HashSet<string>>(Convert.FromHexString("8080808008" + "03032121" + "00" + "01"))
                )
                .Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void ShouldBeRefused_WhenASetWouldComeBackAsAList()
    {
        Assert.Equal(["b"], Again<ICollection<string>>(new List<string> { "b" }));
        Assert.Contains(
            "ISet",
            Assert
                .Throws<UnsupportedStateException>(() => Bytes.Write<ICollection<string>>(new HashSet<string>(StringComparer.Ordinal)))
                .Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void ShouldBeRefusedWhereItIsPut_WhenComparerIsUnknown()
    {
        KeyContext<int> keys = new(KeyHashers.For<int>(), TypeSerializers.For<int>(), new KeyGroupRange(0, 16), 16);
        KeyedStateStore<int, VoidNamespace> store = new KeyedStateBackend<int>(keys, static () => 0, restored: null).Global;
        Dictionary<int, int> modulo = new(new Modulo());

        Assert.Throws<UnsupportedStateException>(() => store.GetState(new ValueStateDescriptor<Dictionary<int, int>>("v")).Update(modulo));
        Assert.Throws<UnsupportedStateException>(() => store.GetListState(new ListStateDescriptor<Dictionary<int, int>>("l")).Add(modulo));
        Assert.Throws<UnsupportedStateException>(() =>
            store.GetMapState(new MapStateDescriptor<int, Dictionary<int, int>>("m")).Put(1, modulo)
        );
        Assert.Throws<UnsupportedStateException>(() =>
            store.GetReducingState(new ReducingStateDescriptor<Dictionary<int, int>>("r", static (left, _) => left)).Add(modulo)
        );
        Assert.Throws<UnsupportedStateException>(() =>
            store
                .GetAggregatingState(
                    new AggregatingStateDescriptor<int, Dictionary<int, int>, int>(
                        "a",
                        () => modulo,
                        static (_, acc) => acc,
                        static acc => acc.Count
                    )
                )
                .Add(1)
        );
        Assert.Throws<UnsupportedStateException>(() => new ValueStateDescriptor<Dictionary<int, int>>("d", modulo));
    }

    [Fact]
    public void ShouldBeRefusedAtBuild_WhenAccumulatorHasAnUnknownComparer()
    {
        WindowedStream<int, int, TimeWindow> windows = new StreamExecutionEnvironment()
            .FromElements(1)
            .KeyBy(static value => value)
            .Window(TumblingEventTimeWindows.Of(TimeSpan.FromMinutes(1)));

        Assert.Contains(
            nameof(Modulo),
            Assert.ThrowsAny<NotSupportedException>(() => windows.Aggregate(new Distinct(new Modulo()))).Message,
            StringComparison.Ordinal
        );
        windows.Aggregate(new Distinct(EqualityComparer<int>.Default));
    }

    private static bool Same(StringComparer expected, IEqualityComparer<string> actual) =>
        ReferenceEquals(expected, StringComparer.Ordinal)
            ? StringComparer.IsWellKnownOrdinalComparer((IEqualityComparer<string?>)(object)actual, out bool ignoreCase) && !ignoreCase
            : expected.Equals(actual);

    private static void Refused<T>(T value, string name)
    {
        UnsupportedStateException exception = Assert.Throws<UnsupportedStateException>(() => Bytes.Write(value));

        Assert.Contains(name, exception.Message, StringComparison.Ordinal);
        Assert.Contains("TypeSerializers.Register<", exception.Message, StringComparison.Ordinal);
    }

    private static void Golden<T>(T value, string expected)
    {
        Assert.Equal(expected, Convert.ToHexString(Bytes.Write(value)));
        Assert.Equal(value, Bytes.Read<T>(Convert.FromHexString(expected)));
    }

    private static T Again<T>(T value) => Bytes.Read<T>(Bytes.Write(value));

    private static class Gone
    {
        public sealed record V1(HashSet<string> Set, Dictionary<string, int> Map, int Kept);

        public sealed record V2(int Kept);
    }

    private sealed record Held(Dictionary<string, int> Counts, List<HashSet<string>> Sets);

    private sealed class Distinct(IEqualityComparer<int> comparer) : IAggregateFunction<int, HashSet<int>, int>
    {
        public HashSet<int> CreateAccumulator() => new(comparer);

        public HashSet<int> Add(int value, HashSet<int> accumulator) => [.. accumulator, value];

        public int GetResult(HashSet<int> accumulator) => accumulator.Count;

        public HashSet<int> Merge(HashSet<int> left, HashSet<int> right) => [.. left, .. right];
    }

    private sealed class Modulo : IEqualityComparer<int>
    {
        public bool Equals(int x, int y) => x % 10 == y % 10;

        public int GetHashCode(int obj) => obj % 10;
    }
}
