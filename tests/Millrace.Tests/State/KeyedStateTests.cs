using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.Tests.Operators;
using Xunit;

namespace Millrace.Tests.State;

/// <summary>What states of a key do, wherever they are kept.</summary>
public abstract class KeyedStateTests(bool isOnDisk) : IDisposable
{
    private readonly SmallStores _stores = new();
    private long _now;

    [Theory]
    [InlineData(TtlUpdateType.OnCreateAndWrite, 0)]
    [InlineData(TtlUpdateType.OnReadAndWrite, 5)]
    public void ShouldLiveOnWhenRead_WhenUpdateTypeSaysSo(TtlUpdateType type, int expected)
    {
        KeyedStateBackend<int> backend = Backend();
        IValueState<int> state = backend.Global.GetState(
            Ttl(new ValueStateDescriptor<int>("v"), new StateTtlConfig(TimeSpan.FromMilliseconds(100)) { UpdateType = type })
        );
        state.Update(5);
        _now = 60;
        Assert.Equal(5, state.Value);
        _now = 120;

        Assert.Equal(expected, state.Value);
    }

    [Fact]
    public void ShouldBeSeenOnceMore_WhenExpiredValuesAreVisible()
    {
        IValueState<int> state = Backend()
            .Global.GetState(
                Ttl(
                    new ValueStateDescriptor<int>("v"),
                    new StateTtlConfig(TimeSpan.FromMilliseconds(100)) { Visibility = TtlVisibility.ReturnExpiredIfNotCleanedUp }
                )
            );
        state.Update(5);
        _now = 100;

        Assert.Equal(5, state.Value);
        Assert.False(state.HasValue);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldExpireOneByOne_WhenStateIsAListOrMap(bool restart)
    {
        KeyedStateBackend<int> backend = Backend();
        Select(backend, 3);
        Lists(backend).Add(1);
        Maps(backend).Put("a", 1);
        Sums(backend).Add(1);
        Averages(backend).Add(1);
        backend = Cut(backend, restart);
        _now = 50;
        Lists(backend).Add(2);
        Maps(backend).Put("b", 2);
        Sums(backend).Add(2);
        Averages(backend).Add(2);
        backend = Cut(backend, restart);
        _now = 110;
        backend = Cut(backend, restart);

        Assert.Equal([2], Lists(backend).Get());
        Assert.Equal([new("b", 2)], Maps(backend).Entries);
        Assert.Equal(3, Sums(backend).Get());
        Assert.Equal(1.5, Averages(backend).Get());
        _now = 150;
        backend = Cut(backend, restart);
        Assert.True(Sums(backend).IsEmpty && Maps(backend).IsEmpty && Averages(backend).IsEmpty && Lists(backend).Get().Count == 0);

        static StateTtlConfig Config() => new(TimeSpan.FromMilliseconds(100));
        static IListState<int> Lists(KeyedStateBackend<int> backend) =>
            backend.Global.GetListState(Ttl(new ListStateDescriptor<int>("l"), Config()));
        static IMapState<string, int> Maps(KeyedStateBackend<int> backend) =>
            backend.Global.GetMapState(Ttl(new MapStateDescriptor<string, int>("m"), Config()));
        static IReducingState<int> Sums(KeyedStateBackend<int> backend) => backend.Global.GetReducingState(Ttl(Sum(), Config()));
        static IAggregatingState<int, double> Averages(KeyedStateBackend<int> backend) =>
            backend.Global.GetAggregatingState(Ttl(Average(), Config()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldRenewWhatIsRead_WhenListLivesOnWhenRead(bool restart)
    {
        KeyedStateBackend<int> backend = Backend();
        Select(backend, 3);
        Lists(backend).AddAll([1, 2]);
        _now = 60;
        backend = Cut(backend, restart);
        Assert.Equal([1, 2], Lists(backend).Get());
        _now = 120;
        backend = Cut(backend, restart);
        Lists(backend).Add(3);

        Assert.Equal([1, 2, 3], Lists(backend).Get());
        _now = 230;
        backend = Cut(backend, restart);
        Assert.Empty(Lists(backend).Get());

        static IListState<int> Lists(KeyedStateBackend<int> backend) =>
            backend.Global.GetListState(
                Ttl(
                    new ListStateDescriptor<int>("l"),
                    new StateTtlConfig(TimeSpan.FromMilliseconds(100)) { UpdateType = TtlUpdateType.OnReadAndWrite }
                )
            );
    }

    [Fact]
    public void ShouldLeaveExpiredValuesOut_WhenSnapshotIsTaken()
    {
        KeyedStateBackend<int> backend = Backend();
        IValueState<int> state = backend.Global.GetState(
            Ttl(new ValueStateDescriptor<int>("v"), new StateTtlConfig(TimeSpan.FromMilliseconds(100)) { CleanupEntriesPerAccess = 0 })
        );
        for (int key = 0; key < 100; key++)
        {
            _now = key;
            Select(backend, key);
            state.Update(key);
        }

        _now = 150;

        Assert.Equal(49, Restored(backend).Global is { } store ? Count(store, backend) : 0);
    }

    [Fact]
    public void ShouldHoldAllKinds_WhenRestored()
    {
        KeyedStateBackend<int> backend = Backend();
        Fill(backend, 7);
        KeyedStateBackend<int> restored = Restored(backend);
        Select(restored, 7);

        Assert.Equal("seven", restored.Global.GetState(new ValueStateDescriptor<string>("v")).Value);
        Assert.Equal([1L, 2L], restored.Global.GetListState(new ListStateDescriptor<long>("l")).Get());
        Assert.True(restored.Global.GetMapState(new MapStateDescriptor<string, int>("m")).TryGetValue("a", out int value));
        Assert.Equal(1, value);
        Assert.Equal(10, restored.Global.GetReducingState(Sum()).Get());
        Assert.Equal(2.5, restored.Global.GetAggregatingState(Average()).Get());
        Select(restored, 8);
        Assert.Null(restored.Global.GetState(new ValueStateDescriptor<string>("v")).Value);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldBeIndexed_WhenStateIsAMap(bool expires)
    {
        KeyedStateBackend<int> backend = Backend();
        MapStateDescriptor<string, int> descriptor = new("m");
        if (expires)
        {
            descriptor.EnableTimeToLive(new StateTtlConfig(TimeSpan.FromMilliseconds(100)));
        }

        Select(backend, 7);
        IMapState<string, int> state = backend.Global.GetMapState(descriptor);
        state["a"] = 1;
        state["a"]++;

        Assert.Equal(2, state["a"]);
        Assert.Contains("'b'", Assert.Throws<KeyNotFoundException>(() => state["b"]).Message, StringComparison.Ordinal);
        _now += 101;
        Assert.Equal(expires, Record.Exception(() => state["a"]) is KeyNotFoundException);
    }

    [Fact]
    public void ShouldKeepFormat_WhenVersionsGoBy()
    {
        KeyedStateBackend<int> backend = Backend();
        Select(backend, 7);
        backend.Global.GetState(new ValueStateDescriptor<string>("v")).Update("seven");

        (string name, int group, byte[] data) = Assert.Single(Snapshot(backend).Keyed);

        Assert.Equal(
            "state/v 6 01"
                + "0106696E74333206696E74333200"
                + "01077374727563740E566F69644E616D65737061636500"
                + "0107737472696E6707737472696E6700"
                + "010000000E0006736576656E",
            $"{name} {group} {Convert.ToHexString(data)}"
        );
    }

    [Fact]
    public void ShouldMigrateOrNameState_WhenTypeOfValueChanged()
    {
        KeyedStateBackend<int> backend = Backend();
        Select(backend, 1);
        backend.Global.GetState(new ValueStateDescriptor<int>("v")).Update(5);

        KeyedStateBackend<int> wider = Restored(backend);
        Select(wider, 1);
        Assert.Equal(5L, wider.Global.GetState(new ValueStateDescriptor<long>("v")).Value);
        StateMigrationException exception = Assert.Throws<StateMigrationException>(() =>
            Restored(backend).Global.GetState(new ValueStateDescriptor<string>("v"))
        );
        Assert.Contains("State 'state/v' cannot be restored", exception.Message, StringComparison.Ordinal);
    }

    private static ReducingStateDescriptor<int> Sum() => new("r", (left, right) => left + right);

    private static AggregatingStateDescriptor<int, (int Sum, int Count), double> Average() =>
        new("a", () => default, (value, acc) => (acc.Sum + value, acc.Count + 1), acc => (double)acc.Sum / acc.Count);

    private static T Ttl<T>(T descriptor, StateTtlConfig config)
        where T : StateDescriptor
    {
        descriptor.EnableTimeToLive(config);
        return descriptor;
    }

    private static void Fill(KeyedStateBackend<int> backend, int key)
    {
        Select(backend, key);
        backend.Global.GetState(new ValueStateDescriptor<string>("v")).Update("seven");
        backend.Global.GetListState(new ListStateDescriptor<long>("l")).AddAll([1, 2]);
        backend.Global.GetMapState(new MapStateDescriptor<string, int>("m")).Put("a", 1);
        IReducingState<int> sum = backend.Global.GetReducingState(Sum());
        IAggregatingState<int, double> average = backend.Global.GetAggregatingState(Average());
        foreach (int value in new[] { 1, 2, 3, 4 })
        {
            sum.Add(value);
            average.Add(value);
        }
    }

    private static void Select(KeyedStateBackend<int> backend, int key) => backend.Keys.Set(key, KeyHashers.For<int>().Hash(key));

    private static MemorySnapshot Snapshot(KeyedStateBackend<int> backend)
    {
        MemorySnapshot snapshot = new();
        MemorySnapshot.TaskWriter writer = snapshot.CreateWriter();
        backend.Snapshot(writer);
        writer.End();
        return snapshot;
    }

    private int Count(KeyedStateStore<int, VoidNamespace> store, KeyedStateBackend<int> original)
    {
        _ = original;
        _now = 0;
        IValueState<int> state = store.GetState(
            Ttl(new ValueStateDescriptor<int>("v", -1), new StateTtlConfig(TimeSpan.FromDays(1)) { CleanupEntriesPerAccess = 0 })
        );
        int count = 0;
        for (int key = 0; key < 100; key++)
        {
            Select(_restored!, key);
            count += state.HasValue ? 1 : 0;
        }

        return count;
    }

    public void Dispose()
    {
        _stores.Dispose();
        GC.SuppressFinalize(this);
    }

    private KeyedStateBackend<int> Cut(KeyedStateBackend<int> backend, bool restart)
    {
        if (!restart)
        {
            return backend;
        }

        KeyedStateBackend<int> restored = Restored(backend);
        Select(restored, backend.Keys.Key);
        return restored;
    }

    private KeyedStateBackend<int>? _restored;

    private KeyedStateBackend<int> Restored(KeyedStateBackend<int> backend)
    {
        KeyGroupRange groups = new(0, 16);
        _restored = new KeyedStateBackend<int>(
            new KeyContext<int>(KeyHashers.For<int>(), TypeSerializers.For<int>(), groups, 16),
            () => _now,
            Snapshot(backend).ReaderOf(groups),
            Store()
        );
        return _restored;
    }

    private KeyedStateBackend<int> Backend() =>
        new(
            new KeyContext<int>(KeyHashers.For<int>(), TypeSerializers.For<int>(), new KeyGroupRange(0, 16), 16),
            () => _now,
            restored: null,
            Store()
        );

    private Func<IStateStore>? Store() => isOnDisk ? _stores.OpenOnce() : null;
}

public sealed class KeyedStateInMemoryTests() : KeyedStateTests(isOnDisk: false);

public sealed class KeyedStateOnDiskTests() : KeyedStateTests(isOnDisk: true);
