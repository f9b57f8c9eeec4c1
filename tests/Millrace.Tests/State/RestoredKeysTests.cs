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
        Timers<Trade, VoidNamespace> timers = TimersOf(restored.Keys);
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
        Assert.Throws<StateMigrationException>(() => TimersOf(restored.Keys).Restore(Written(Longer).ReaderOf(restored.Keys.KeyGroups)));
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
        AlignedWindowState<Trade, long> state = StateOf(KeyHashers.For<Trade>(), All);

        Assert.True(state.Restore(snapshot.ReaderOf(All), "op", ProgressOf(snapshot)));

        Assert.Equal(9, state.Panes.Find(0)!.Peek(Shortest, KeyHashers.For<Trade>().Hash(Shortest)));
        int group = GroupOf(KeyHashers.ByBytes<Trade>(), Longer);
        KeyGroupRange own = new(group, group + 1);
        Assert.Throws<StateMigrationException>(() =>
            StateOf(KeyHashers.For<Trade>(), own).Restore(snapshot.ReaderOf(own), "op", ProgressOf(snapshot))
        );
        MemorySnapshot twice = WindowOf(Shortest, Longer);
        Assert.Throws<StateMigrationException>(() =>
            StateOf(KeyHashers.For<Trade>(), All).Restore(twice.ReaderOf(All), "op", ProgressOf(twice))
        );
    }

    [Fact]
    public void ShouldBeRefused_WhenWindowHadFiredForSomeGroupsOnlyAndKeysMoved()
    {
        WindowProgress progress = ProgressOf(new MemorySnapshot());
        progress.NoteFired(GroupOf(KeyHashers.ByBytes<Trade>(), Longer), start: 0);
        MemorySnapshot snapshot = SnapshotOf(WindowWith(Longer, new Trade("B", 1m)), progress);

        StateMigrationException exception = Assert.Throws<StateMigrationException>(() =>
            StateOf(KeyHashers.For<Trade>(), All).Restore(snapshot.ReaderOf(All), "op", ProgressOf(snapshot))
        );

        Assert.Contains("take another savepoint", exception.Message, StringComparison.Ordinal);
    }

    private static TumblingEventTimeWindows Minute() => TumblingEventTimeWindows.Of(TimeSpan.FromMinutes(1));

    private static AlignedWindowState<Trade, long> StateOf(IKeyHasher<Trade> hasher, KeyGroupRange range) =>
        new(Minute(), new KeyContext<Trade>(hasher, TypeSerializers.For<Trade>(), range, Groups), TypeSerializers.For<long>());

    private static WindowProgress ProgressOf(MemorySnapshot snapshot)
    {
        WindowProgress progress = new(Minute());
        progress.Read(snapshot.ReaderOf(All), AlignedWindowSections.WindowsProgress, All, "op", isShape: true);
        return progress;
    }

    private static MemorySnapshot WindowOf(params Trade[] keys) => SnapshotOf(WindowWith(keys), ProgressOf(new MemorySnapshot()));

    private static AlignedWindowState<Trade, long> WindowWith(params Trade[] keys)
    {
        AlignedWindowState<Trade, long> state = StateOf(KeyHashers.ByBytes<Trade>(), All);
        foreach (Trade key in keys)
        {
            state.Panes.GetOrOpen(0).GetOrAdd(key, KeyHashers.ByBytes<Trade>().Hash(key), out _) = 9;
        }

        return state;
    }

    private static MemorySnapshot SnapshotOf(AlignedWindowState<Trade, long> state, WindowProgress progress)
    {
        MemorySnapshot snapshot = new();
        MemorySnapshot.TaskWriter writer = snapshot.CreateWriter();
        progress.Write(writer, AlignedWindowSections.WindowsProgress, All, long.MinValue, long.MinValue);
        state.Snapshot(writer);
        writer.End();
        return snapshot;
    }

    public void Dispose()
    {
        _stores.Dispose();
        GC.SuppressFinalize(this);
    }

    private Timers<Trade, VoidNamespace> TimersOf(KeyContext<Trade> keys) =>
        Timers<Trade, VoidNamespace>.Create("timers", keys, TypeSerializers.For<VoidNamespace>(), isOnDisk ? _stores.Open() : null);

    /// <summary>As a version wrote it that hashed bytes.</summary>
    private MemorySnapshot Written(params Trade[] keys)
    {
        KeyedStateBackend<Trade> backend = Backend(KeyHashers.ByBytes<Trade>(), All, null);
        Timers<Trade, VoidNamespace> timers = TimersOf(backend.Keys);
        foreach (Trade key in keys)
        {
            backend.Keys.Set(key, KeyHashers.ByBytes<Trade>().Hash(key));
            backend.Global.GetState(new ValueStateDescriptor<int>("v")).Update(7);
            timers.Register(default, 100);
        }

        return Snapshot(backend, timers);
    }

    private static MemorySnapshot Snapshot(KeyedStateBackend<Trade> backend, Timers<Trade, VoidNamespace>? timers)
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
