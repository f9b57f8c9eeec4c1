using Millrace.Operators.Windows;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.Tests.Operators;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.State;

/// <summary>
/// Checkpoints of versions that hashed the bytes of keys: what belongs to a key whose hash is another one now is found again, or the
/// restore says what to do.
/// </summary>
public abstract class RestoredKeysTests(bool isOnDisk) : IDisposable
{
    private readonly SmallStores _stores = new();
    private const int Groups = 16;
    private static readonly KeyGroupRange All = new(0, Groups);
    private static readonly Trade Shortest = new("A", 1.5m);
    private static readonly Trade Longer = new("A", 1.50m);

    [Fact]
    public void ShouldFindStateAndTimers_WhenHashOfAKeyChanged()
    {
        KeyedStateBackend<Trade> restored = Backend(KeyHashers.For<Trade>(), All, Written(Longer));
        restored.Keys.Set(Shortest, KeyHashers.For<Trade>().Hash(Shortest));
        TimerQueue<Trade, VoidNamespace> timers = new("timers", restored.Keys, TypeSerializers.For<VoidNamespace>());
        timers.Restore(Written(Longer).ReaderOf(All));

        Assert.Equal(7, restored.Global.GetState(new ValueStateDescriptor<int>("v")).Value);
        Assert.True(timers.TryTake(100, out TimerKey<Trade, VoidNamespace> timer));
        Assert.Equal((Shortest, 100), (timer.Key, timer.Timestamp));
    }

    [Fact]
    public void ShouldBeWrittenToItsNewGroup_WhenHashOfAKeyChanged()
    {
        KeyedStateBackend<Trade> restored = Backend(KeyHashers.For<Trade>(), All, Written(Longer));
        restored.Global.GetState(new ValueStateDescriptor<int>("v"));

        (_, int group, _) = Assert.Single(Snapshot(restored, null).Keyed);

        Assert.Equal(GroupOf(KeyHashers.For<Trade>(), Shortest), group);
        Assert.NotEqual(GroupOf(KeyHashers.ByBytes<Trade>(), Longer), group);
    }

    [Fact]
    public void ShouldSayToRestoreInOneTask_WhenKeyBelongsToAnother()
    {
        int group = GroupOf(KeyHashers.ByBytes<Trade>(), Longer);
        KeyedStateBackend<Trade> restored = Backend(KeyHashers.For<Trade>(), new KeyGroupRange(group, group + 1), Written(Longer));

        StateMigrationException exception = Assert.Throws<StateMigrationException>(() =>
            restored.Global.GetState(new ValueStateDescriptor<int>("v"))
        );

        Assert.Contains(
            $"'state/v' cannot be restored by this task: Key '{Longer}' was written in key group {group}",
            exception.Message,
            StringComparison.Ordinal
        );
        Assert.Contains("parallelism 1", exception.Message, StringComparison.Ordinal);
        Assert.Throws<StateMigrationException>(() =>
            new TimerQueue<Trade, VoidNamespace>("timers", restored.Keys, TypeSerializers.For<VoidNamespace>()).Restore(
                Written(Longer).ReaderOf(restored.Keys.KeyGroups)
            )
        );
    }

    [Fact]
    public void ShouldBeRefused_WhenTwoKeysAreOneNow()
    {
        KeyedStateBackend<Trade> restored = Backend(KeyHashers.For<Trade>(), All, Written(Shortest, Longer));

        StateMigrationException exception = Assert.Throws<StateMigrationException>(() =>
            restored.Global.GetState(new ValueStateDescriptor<int>("v"))
        );

        Assert.Contains("is there twice", exception.Message, StringComparison.Ordinal);
        Assert.Contains("KeyHashers.ByBytes", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldKeepThemApart_WhenKeysAreComparedByTheirBytes()
    {
        KeyedStateBackend<Trade> restored = Backend(KeyHashers.ByBytes<Trade>(), All, Written(Shortest, Longer));
        IValueState<int> state = restored.Global.GetState(new ValueStateDescriptor<int>("v"));

        foreach (Trade key in (Trade[])[Shortest, Longer])
        {
            restored.Keys.Set(key, KeyHashers.ByBytes<Trade>().Hash(key));
            Assert.Equal(7, state.Value);
            state.Clear();
        }
    }

    [Fact]
    public void ShouldFindWindow_WhenHashOfAKeyChanged()
    {
        MemorySnapshot snapshot = WindowOf(Longer);
        AlignedPanes<Trade, long> panes = new(Minute(), KeyHashers.For<Trade>());

        Assert.True(StateOf(panes, KeyHashers.For<Trade>()).Restore(snapshot.ReaderOf(All), "op", All, Groups));

        Assert.Equal(9, panes.Find(0)!.Table.Find(Shortest, KeyHashers.For<Trade>().Hash(Shortest)));
        int group = GroupOf(KeyHashers.ByBytes<Trade>(), Longer);
        KeyGroupRange own = new(group, group + 1);
        Assert.Throws<StateMigrationException>(() =>
            StateOf(new(Minute(), KeyHashers.For<Trade>()), KeyHashers.For<Trade>()).Restore(snapshot.ReaderOf(own), "op", own, Groups)
        );
        Assert.Throws<StateMigrationException>(() =>
            StateOf(new(Minute(), KeyHashers.For<Trade>()), KeyHashers.For<Trade>())
                .Restore(WindowOf(Shortest, Longer).ReaderOf(All), "op", All, Groups)
        );
    }

    [Fact]
    public void ShouldBeRefused_WhenWindowHadFiredForSomeGroupsOnlyAndKeysMoved()
    {
        AlignedPanes<Trade, long> panes = Panes(Longer, new Trade("B", 1m));
        panes.Find(0)!.FiredGroups = [GroupOf(KeyHashers.ByBytes<Trade>(), Longer)];

        StateMigrationException exception = Assert.Throws<StateMigrationException>(() =>
            StateOf(new(Minute(), KeyHashers.For<Trade>()), KeyHashers.For<Trade>())
                .Restore(SnapshotOf(panes).ReaderOf(All), "op", All, Groups)
        );

        Assert.Contains("take another savepoint", exception.Message, StringComparison.Ordinal);
    }

    private static TumblingEventTimeWindows Minute() => TumblingEventTimeWindows.Of(TimeSpan.FromMinutes(1));

    private static AlignedWindowState<Trade, long> StateOf(AlignedPanes<Trade, long> panes, IKeyHasher<Trade> hasher) =>
        new(panes, hasher, TypeSerializers.For<Trade>(), TypeSerializers.For<long>());

    private static MemorySnapshot WindowOf(params Trade[] keys) => SnapshotOf(Panes(keys));

    private static AlignedPanes<Trade, long> Panes(params Trade[] keys)
    {
        AlignedPanes<Trade, long> panes = new(Minute(), KeyHashers.ByBytes<Trade>());
        foreach (Trade key in keys)
        {
            panes.GetOrOpen(0).Table.GetOrAdd(key, KeyHashers.ByBytes<Trade>().Hash(key), out _) = 9;
        }

        return panes;
    }

    private static MemorySnapshot SnapshotOf(AlignedPanes<Trade, long> panes)
    {
        MemorySnapshot snapshot = new();
        MemorySnapshot.TaskWriter writer = snapshot.CreateWriter();
        StateOf(panes, KeyHashers.ByBytes<Trade>()).Snapshot(writer, All, Groups);
        writer.End();
        return snapshot;
    }

    public void Dispose()
    {
        _stores.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>As a version wrote it that hashed bytes.</summary>
    private MemorySnapshot Written(params Trade[] keys)
    {
        KeyedStateBackend<Trade> backend = Backend(KeyHashers.ByBytes<Trade>(), All, null);
        TimerQueue<Trade, VoidNamespace> timers = new("timers", backend.Keys, TypeSerializers.For<VoidNamespace>());
        foreach (Trade key in keys)
        {
            backend.Keys.Set(key, KeyHashers.ByBytes<Trade>().Hash(key));
            backend.Global.GetState(new ValueStateDescriptor<int>("v")).Update(7);
            timers.Register(default, 100);
        }

        return Snapshot(backend, timers);
    }

    private static MemorySnapshot Snapshot(KeyedStateBackend<Trade> backend, TimerQueue<Trade, VoidNamespace>? timers)
    {
        MemorySnapshot snapshot = new();
        MemorySnapshot.TaskWriter writer = snapshot.CreateWriter();
        backend.Snapshot(writer);
        timers?.Snapshot(writer);
        writer.End();
        return snapshot;
    }

    private KeyedStateBackend<Trade> Backend(IKeyHasher<Trade> hasher, KeyGroupRange range, MemorySnapshot? snapshot) =>
        new(
            new KeyContext<Trade>(hasher, TypeSerializers.For<Trade>(), range, Groups),
            static () => 0,
            snapshot?.ReaderOf(range),
            isOnDisk ? _stores.OpenOnce() : null
        );

    private static int GroupOf(IKeyHasher<Trade> hasher, Trade key) => KeyGroups.KeyGroupOf(hasher.Hash(key), Groups);

    private sealed record Trade(string Symbol, decimal Price);
}

public sealed class RestoredKeysInMemoryTests() : RestoredKeysTests(isOnDisk: false);

public sealed class RestoredKeysOnDiskTests() : RestoredKeysTests(isOnDisk: true);
