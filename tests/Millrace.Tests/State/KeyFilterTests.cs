using System.Buffers;
using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Xunit;

namespace Millrace.Tests.State;

/// <summary>What a store has never had is not looked for there, and what it has is always found.</summary>
public sealed class KeyFilterTests : IDisposable
{
    private const int Groups = 16;

    private readonly SmallStores _stores = new(2 << 20);

    [Theory]
    [InlineData(1_000)]
    [InlineData(1_000_000)]
    public void ShouldKnowAllThatWasAdded_AndFewOfTheRest(int keys)
    {
        StateMemory memory = new(1L << 30);
        using KeyFilter filter = new(memory);
        for (ulong key = 0; key < (ulong)keys; key++)
        {
            Assert.True(filter.TryAdd(key));
        }

        Assert.All(Enumerable.Range(0, keys), key => Assert.True(filter.MayContain((ulong)key)));
        int wrong = Enumerable.Range(keys, keys).Count(key => filter.MayContain((ulong)key));
        Assert.InRange(wrong, 0, keys / 10);
    }

    [Fact]
    public void ShouldRefuse_WhenThereIsNoMemory()
    {
        StateMemory memory = new(3_000);
        KeyFilter filter = new(memory);

        int added = Enumerable.Range(0, 10_000).TakeWhile(key => filter.TryAdd((ulong)key)).Count();

        Assert.InRange(added, 100, 1_000);
        memory.Add(2_900);
        Assert.True(memory.IsExceeded);
        filter.Dispose();
        Assert.False(memory.IsExceeded);
    }

    [Fact]
    public void ShouldNotAskTheStore_WhenKeysAreNew()
    {
        using CountingStore store = new(_stores.Open());
        StateTable<int, VoidNamespace, int> table = TableOf(store, out KeyContext<int> keys);
        for (int key = 0; key < 50_000; key++)
        {
            Select(keys, key);
            table.GetOrAdd(default, out bool exists) = key;
            Assert.False(exists);
        }

        Assert.InRange(store.Reads, 0, 5_000);
        int before = store.Reads;
        for (int key = 0; key < 50_000; key++)
        {
            Select(keys, key);
            Assert.Equal(key, table.Peek(default));
        }

        Assert.InRange(store.Reads - before, 25_000, 50_000);
    }

    [Fact]
    public void ShouldBeMadeAnew_WhenKeysComeAndGo()
    {
        const int Alive = 20_000;
        using CountingStore store = new(_stores.Open());
        StateTable<int, VoidNamespace, int> table = TableOf(store, out KeyContext<int> keys);
        for (int key = 0; key < 20 * Alive; key++)
        {
            if (key >= Alive)
            {
                Select(keys, key - Alive);
                Assert.True(table.Remove(default));
            }

            store.Reads = key == 10 * Alive ? 0 : store.Reads;
            Select(keys, key);
            table.GetOrAdd(default, out bool exists) = key;
            Assert.False(exists);
        }

        // The key that goes is read, the key that comes is not.
        Assert.InRange(store.Reads, 10 * Alive / 2, 12 * Alive);
        Assert.Equal(Enumerable.Range(19 * Alive, Alive), table.Entries.Select(entry => entry.Key.Key).Order());
    }

    [Fact]
    public void ShouldKnowWhatWasRestored()
    {
        StateTable<int, VoidNamespace, int> before = TableOf(_stores.Open(), out KeyContext<int> keys);
        for (int key = 0; key < 20_000; key++)
        {
            Select(keys, key);
            before.GetOrAdd(default, out _) = key;
        }

        using TaskSnapshotWriter writer = new();
        before.Snapshot(writer.Operator("op"));
        using TaskSnapshot snapshot = writer.Complete();
        using CountingStore store = new(_stores.Open());
        StateTable<int, VoidNamespace, int> table = TableOf(store, out keys);
        table.Restore(
            MergedSnapshotReader.Create([new TaskSnapshotReader(snapshot.Content.ToArray(), "part")], "op", new KeyGroupRange(0, Groups))!
        );
        for (int key = 0; key < 40_000; key++)
        {
            Select(keys, key);
            table.GetOrAdd(default, out bool exists);
            Assert.Equal(key < 20_000, exists);
        }

        Assert.InRange(store.Reads, 20_000, 23_000);
    }

    public void Dispose() => _stores.Dispose();

    private static StateTable<int, VoidNamespace, int> TableOf(IStateStore store, out KeyContext<int> keys)
    {
        keys = new KeyContext<int>(KeyHashers.For<int>(), TypeSerializers.For<int>(), new KeyGroupRange(0, Groups), Groups);
        return new StateTable<int, VoidNamespace, int>("t", keys, TypeSerializers.For<VoidNamespace>(), TypeSerializers.For<int>(), store);
    }

    private static void Select(KeyContext<int> keys, int key) => keys.Set(key, KeyHashers.For<int>().Hash(key));

    /// <summary>Counts how often a key is looked for.</summary>
    private sealed class CountingStore(IStateStore store) : IStateStore
    {
        public int Reads { get; set; }

        public StateMemory Memory => store.Memory;

        public MappedChunks Chunks => store.Chunks;

        public ushort Add(IDisposable table) => store.Add(table);

        public void Remove(ushort table) => store.Remove(table);

        public void EndFilling() => store.EndFilling();

        public bool TryGet(ReadOnlySpan<byte> key, DataWriter value)
        {
            Reads++;
            return store.TryGet(key, value);
        }

        public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => store.Put(key, value);

        public void Delete(ReadOnlySpan<byte> key) => store.Delete(key);

        public IStateView View() => store.View();

        public void Dispose()
        {
            // The stores' owner closes it.
        }
    }
}
