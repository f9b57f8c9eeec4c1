using Millrace.Checkpoints;
using Millrace.RocksDb;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Xunit;

namespace Millrace.Tests.State;

public sealed class StoredTableTests : IDisposable
{
    private const int Groups = 16;
    private static readonly KeyGroupRange All = new(0, Groups);

    private readonly SmallStores _stores = new();
    private long _now;

    [Fact]
    public void ShouldLeaveTheStore_WhenExpiredAndKeyGroupIsWrittenWhole()
    {
        IStateStore store = _stores.Open();
        KeyedStateBackend<int> backend = Backend(store);
        StateTtlConfig ttl = new(TimeSpan.FromMilliseconds(100)) { CleanupEntriesPerAccess = 0 };
        ValueStateDescriptor<int> descriptor = new("v");
        descriptor.EnableTimeToLive(ttl);
        IValueState<int> state = backend.Global.GetState(descriptor);
        Fill(backend, state, 0, 1_000);
        _now = 60;
        Fill(backend, state, 1_000, 100);
        _now = 120;

        SnapshotChain chain = new(All, isIncremental: true);
        using TaskSnapshotWriter writer = new(chain.Plan(1, isSelfContained: false));
        backend.Snapshot(writer.Operator("op"));
        using TaskSnapshot snapshot = writer.Complete();

        // What still is an object has no room to be one for long.
        Assert.InRange(CountOf(store), 95, 105);
        Select(backend, 1_050);
        Assert.Equal(1_050, state.Value);
    }

    [Fact]
    public void ShouldShowEveryEntryOnce_WhenSomeAreObjects()
    {
        using SmallStores stores = new(4 * 1024);
        KeyedStateBackend<int> backend = Backend(stores.Open());
        StateTable<int, VoidNamespace, int> table = backend.CreateTable(
            "t",
            TypeSerializers.For<VoidNamespace>(),
            TypeSerializers.For<int>()
        );
        Dictionary<int, int> expected = [];
        Random random = new(3);
        for (int i = 0; i < 5_000; i++)
        {
            int key = random.Next(500);
            Select(backend, key);
            if (random.Next(3) == 0)
            {
                table.Remove(default);
                expected.Remove(key);
            }
            else
            {
                table.GetOrAdd(default, out _) = i;
                expected[key] = i;
            }
        }

        Assert.Equal(
            expected.OrderBy(entry => entry.Key).Select(entry => (entry.Key, entry.Value)),
            table.Entries.Select(entry => (entry.Key.Key, entry.Value)).OrderBy(entry => entry.Key)
        );
    }

    [Fact]
    public void ShouldDeleteWhatADeadProcessLeft_AndNothingElse()
    {
        string path = Directory.CreateTempSubdirectory("millrace-left-").FullName;
        try
        {
            using StoreDirectory alive = StoreDirectory.Create(path, "job", "alive[0]");
            string left = Path.Combine(path, "job", "dead_0_-1");
            Directory.CreateDirectory(Path.Combine(left, "db"));
            File.WriteAllText(Path.Combine(left, "in-use"), "");
            File.WriteAllText(Path.Combine(left, "db", "000001.sst"), "left");

            using StoreDirectory next = StoreDirectory.Create(path, "job", "next[0]");

            Assert.False(Directory.Exists(left));
            Assert.True(Directory.Exists(Path.GetDirectoryName(alive.Path)));
            Assert.Equal(2, Directory.GetDirectories(Path.Combine(path, "job")).Length);
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    [Fact]
    public void ShouldAllHaveADirectory_WhenTasksStartAtOnce()
    {
        string path = Directory.CreateTempSubdirectory("millrace-many-").FullName;
        try
        {
            StoreDirectory[] all = new StoreDirectory[64];
            Parallel.For(0, all.Length, i => all[i] = StoreDirectory.Create(path, "job", $"task[{i}]"));

            Assert.All(all, each => Assert.True(Directory.Exists(each.Path)));
            Array.ForEach(all, each => each.Dispose());
            Assert.Empty(Directory.GetDirectories(path));
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    [Fact]
    public void ShouldFail_WhenWhatIsOnDiskCannotBeRead()
    {
        using SmallStores stores = new(64 * 1024);
        IStateStore store = stores.Open();
        byte[] value = new byte[10_000];
        for (int i = 0; i < 2_000; i++)
        {
            new Random(i).NextBytes(value);
            store.Put(BitConverter.GetBytes(i), value);
        }

        store.EndFilling();

        // Files are still being merged meanwhile: what is damaged may be gone before it is read.
        Exception? exception = null;
        for (int attempt = 0; exception is null && attempt < 100; attempt++)
        {
            foreach (string file in Directory.GetFiles(stores.Folder, "*.sst", SearchOption.AllDirectories))
            {
                Damage(file);
            }

            exception = Record.Exception(() => CountOf(store));
        }

        Assert.IsType<StateDiskException>(exception);
        Assert.Contains("cannot be read", exception.Message, StringComparison.Ordinal);
    }

    private static void Damage(string file)
    {
        try
        {
            byte[] content = File.ReadAllBytes(file);
            content.AsSpan(content.Length / 10, content.Length / 2).Fill(0x5A);
            using FileStream stream = new(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            stream.Write(content);
        }
        catch (FileNotFoundException)
        {
            // It has been merged with others.
        }
    }

    [Fact]
    public void ShouldLeaveMemory_WhenValuesAreLargeAndNew()
    {
        using SmallStores stores = new(4 << 20);
        IStateStore store = stores.Open();
        KeyedStateBackend<int> backend = Backend(store);
        IValueState<string> state = backend.Global.GetState(new ValueStateDescriptor<string>("text"));
        for (int key = 0; key < 2_000; key++)
        {
            Select(backend, key);
            state.Update(new string('x', 4_000));
        }

        // 1.5 MB have room as objects, of 16 MB.
        Assert.InRange(CountOf(store), 1_500, 2_000);
    }

    [Fact]
    public void ShouldSayWhichDisk_WhenItHasNoRoomForAPart()
    {
        using MappedChunks chunks = new("/dev/full/parts");

        StateDiskException exception = Assert.Throws<StateDiskException>(() => chunks.Rent());

        Assert.Contains("in '/dev/full/parts'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("goes on from the last complete checkpoint", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldKeepItsFilesUntilTheLastChunkIsBack()
    {
        string path = Directory.CreateTempSubdirectory("millrace-chunks-").FullName;
        try
        {
            MappedChunks chunks = new(path);
            Memory<byte> first = chunks.Rent();
            Memory<byte> second = chunks.Rent();
            chunks.Return(first);
            chunks.Dispose();
            second.Span.Fill(7);
            Assert.Equal(7, second.Span[^1]);

            chunks.Return(second);

            Assert.Empty(Directory.GetFiles(path));
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    public void Dispose() => _stores.Dispose();

    private KeyedStateBackend<int> Backend(IStateStore store) =>
        new(new KeyContext<int>(KeyHashers.For<int>(), TypeSerializers.For<int>(), All, Groups), () => _now, restored: null, () => store);

    private static void Fill(KeyedStateBackend<int> backend, IValueState<int> state, int first, int count)
    {
        for (int key = first; key < first + count; key++)
        {
            Select(backend, key);
            state.Update(key);
        }
    }

    private static void Select(KeyedStateBackend<int> backend, int key) => backend.Keys.Set(key, KeyHashers.For<int>().Hash(key));

    private static int CountOf(IStateStore store)
    {
        using IStateView view = store.View();
        using IStateCursor cursor = view.Between([0], [255]);
        int count = 0;
        while (cursor.MoveNext())
        {
            count++;
        }

        return count;
    }
}
