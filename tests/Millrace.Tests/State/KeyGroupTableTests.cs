using System.Runtime.CompilerServices;
using FsCheck.Xunit;
using Millrace.State;
using Xunit;

namespace Millrace.Tests.State;

public sealed class KeyGroupTableTests
{
    private const int MaxParallelism = 128;

    [Property(MaxTest = 200)]
    public bool ShouldBehaveAsADictionary_WhenChangedAtRandom((byte Key, bool Add)[] steps)
    {
        KeyGroupTable<int, int> table = new(KeyHashers.For<int>(), new HashRange(0, 1UL << 32));
        Dictionary<int, int> model = new();
        for (int i = 0; i < steps.Length; i++)
        {
            int key = steps[i].Key % 64;
            uint hash = KeyHashers.For<int>().Hash(key);
            if (steps[i].Add)
            {
                table.GetOrAdd(key, hash, out bool exists) = i;
                Assert.Equal(model.ContainsKey(key), exists);
                model[key] = i;
            }
            else
            {
                Assert.Equal(model.Remove(key), table.Remove(key, hash));
            }
        }

        Assert.Equal(model.OrderBy(entry => entry.Key), Entries(table).OrderBy(entry => entry.Key));
        Assert.All(model, entry => Assert.Equal(entry.Value, table.Find(entry.Key, KeyHashers.For<int>().Hash(entry.Key))));
        Assert.True(Unsafe.IsNullRef(ref table.Find(1000, KeyHashers.For<int>().Hash(1000))));
        return table.Count == model.Count;
    }

    [Property(MaxTest = 500)]
    public bool ShouldWriteWhatItWas_WhenChangedWhileItIsScanned((byte Key, byte Step)[] steps, byte before)
    {
        KeyGroupTable<int, int> table = new(KeyHashers.For<int>(), new HashRange(0, 1UL << 32));
        Dictionary<int, int> model = new();
        Scan? scan = null;
        for (int i = 0; i < before + steps.Length; i++)
        {
            (byte key, byte step) = i < before ? ((byte)i, (byte)0) : steps[i - before];
            uint hash = KeyHashers.For<int>().Hash(key);
            switch (step % 6)
            {
                case 0 or 1:
                    table.GetOrAdd(key, hash, out _) = i;
                    model[key] = i;
                    break;
                case 2 when model.ContainsKey(key):
                    table.Find(key, hash) = i;
                    model[key] = i;
                    break;
                case 3:
                    Assert.Equal(model.Remove(key), table.Remove(key, hash));
                    break;
                case 4 when scan is null:
                    scan = new Scan(new Dictionary<int, int>(model));
                    table.BeginScan(scan);
                    break;
                case 5 when scan is not null && step > 250:
                    table.AbandonScan();
                    scan = null;
                    break;
                default:
                    int budget = step;
                    if (table.Advance(ref budget) && scan is not null)
                    {
                        Assert.Equal(scan.Expected.OrderBy(entry => entry.Key), scan.Actual.OrderBy(entry => entry.Key));
                        scan = null;
                    }

                    break;
            }
        }

        Assert.Equal(model.OrderBy(entry => entry.Key), Entries(table).OrderBy(entry => entry.Key));
        return true;
    }

    [Fact]
    public void ShouldSayWhyWhenItGoesOn_WhenAChangeCouldNotBeWritten()
    {
        KeyGroupTable<int, int> table = new(KeyHashers.For<int>(), new HashRange(0, 1UL << 32));
        table.GetOrAdd(1, KeyHashers.For<int>().Hash(1), out _) = 1;
        table.BeginScan(new Scan([]) { Failure = new InvalidOperationException("no luck") });
        table.Find(1, KeyHashers.For<int>().Hash(1)) = 2;
        int budget = 1;

        Assert.Equal("no luck", Assert.Throws<InvalidOperationException>(() => table.Advance(ref budget)).Message);
    }

    /// <summary>As a task writes bases of some key groups: among them are entries that have changed, and some that have gone.</summary>
    [Fact]
    public void ShouldWriteWhatIsWantedInTheOrderOfItsMemory_WhenItIsWrittenAtOnce()
    {
        const int Keys = 100_000;
        KeyGroupTable<int, int> table = new(KeyHashers.For<int>(), new HashRange(0, 1UL << 32));
        for (int key = 0; key < Keys; key++)
        {
            table.GetOrAdd(key, KeyHashers.For<int>().Hash(key), out _) = key;
        }

        Scan first = new([]);
        table.BeginScan(first, isAtOnce: true);
        Advance(table);
        uint[] hashes = [.. Enumerable.Range(0, Keys).Select(KeyHashers.For<int>().Hash)];
        table.Prefetch(hashes);
        for (int key = 0; key < Keys; key += 7)
        {
            table.Find(key, hashes[key]) = -key;
        }

        for (int key = 0; key < Keys; key += 21)
        {
            table.Remove(key, hashes[key]);
        }

        Scan second = new([]) { IsWanted = hash => hash < 1U << 29 };
        table.BeginScan(second, isAtOnce: true);
        Advance(table);

        Assert.Equal(Enumerable.Range(0, Keys), first.Actual.Keys);
        Assert.Equal(Enumerable.Range(0, Keys).Where(key => key % 21 != 0 && (key % 7 == 0 || hashes[key] < 1U << 29)), second.Actual.Keys);
        Assert.All(second.Actual, entry => Assert.Equal(entry.Key % 7 == 0 ? -entry.Key : entry.Key, entry.Value));

        static void Advance(KeyGroupTable<int, int> table)
        {
            int budget = int.MaxValue;
            Assert.True(table.Advance(ref budget));
        }
    }

    private sealed class Scan(Dictionary<int, int> expected) : ITableScan<int, int>
    {
        public Dictionary<int, int> Expected { get; } = expected;

        public Dictionary<int, int> Actual { get; } = [];

        public Exception? Failure { get; init; }

        public Predicate<uint> IsWanted { get; init; } = static _ => true;

        public bool IsWhole(uint hash) => IsWanted(hash);

        public void Remove(uint hash, int key) => Assert.Fail($"{key} is not asked for.");

        public void Put(uint hash, int key, in int value)
        {
            if (Failure is not null)
            {
                throw Failure;
            }

            Assert.Equal(KeyHashers.For<int>().Hash(key), hash);
            Actual.Add(key, value);
        }
    }

    [Fact]
    public void ShouldGiveEachEntryToItsKeyGroup_WhenWalkedByGroup()
    {
        KeyGroupRange groups = new(32, 96);
        KeyGroupTable<int, int> table = new(KeyHashers.For<int>(), HashRange.Of(groups, MaxParallelism));
        List<(int, int)> expected = new();
        for (int key = 0; key < 20_000; key++)
        {
            uint hash = KeyHashers.For<int>().Hash(key);
            int group = KeyGroups.KeyGroupOf(hash, MaxParallelism);
            if (groups.Contains(group))
            {
                table.GetOrAdd(key, hash, out _) = group;
                expected.Add((group, key));
            }
        }

        List<(int, int)> actual = new();
        using KeyGroupIndex index = table.IndexByKeyGroup(groups, MaxParallelism);
        for (int group = groups.Start; group < groups.End; group++)
        {
            foreach (int entry in index.EntriesOf(group))
            {
                Assert.Equal(group, table.ValueAt(entry));
                actual.Add((group, table.KeyAt(entry)));
            }
        }

        Assert.Equal(expected.Order(), actual.Order());
    }

    [Fact]
    public void ShouldStillWork_WhenAllHashesCollide()
    {
        KeyGroupTable<int, int> table = new(KeyHashers.For<int>(), new HashRange(0, 1UL << 32));
        for (int key = 0; key < 1_000; key++)
        {
            table.GetOrAdd(key, uint.MaxValue, out _) = key;
        }

        Assert.Equal(1_000, Entries(table).Distinct().Count());
        Assert.Equal(777, table.Find(777, uint.MaxValue));
    }

    [Property(MaxTest = 100)]
    public bool ShouldHoldTheLastValueOfEachKey_WhenLoaded((byte Key, int Value)[] entries, bool collides)
    {
        KeyGroupTable<int, int> table = new(KeyHashers.For<int>(), new HashRange(0, 1UL << 32));
        Dictionary<int, int> model = new();
        KeyGroupTable<int, int>.Loader loader = table.Load();
        foreach ((byte key, int value) in entries)
        {
            loader.Add(key, HashOf(key)) = value;
            model[key] = value;
        }

        Assert.Equal(entries.Length - model.Count, loader.Complete());
        Assert.Equal(model.OrderBy(entry => entry.Key), Entries(table).OrderBy(entry => entry.Key));
        Assert.All(model, entry => Assert.Equal(entry.Value, table.Find(entry.Key, HashOf(entry.Key))));
        for (int key = 0; key < 300; key++)
        {
            table.GetOrAdd(key, HashOf(key), out bool exists) = key;
            Assert.Equal(model.ContainsKey(key), exists);
        }

        return table.Count == 300;

        uint HashOf(int key) => collides ? uint.MaxValue - (uint)(key & 1) : KeyHashers.For<int>().Hash(key);
    }

    [Fact]
    public void ShouldRefuseToLoad_WhenTableHasEntries()
    {
        KeyGroupTable<int, int> table = new(KeyHashers.For<int>(), new HashRange(0, 1UL << 32));
        table.GetOrAdd(1, KeyHashers.For<int>().Hash(1), out _) = 1;

        Assert.Throws<InvalidOperationException>(() => table.Load());
    }

    [Fact]
    public void ShouldRefuseKey_WhenItsGroupBelongsToAnotherTask()
    {
        KeyGroupTable<int, int> table = new(KeyHashers.For<int>(), HashRange.Of(new KeyGroupRange(0, 64), MaxParallelism));

        Assert.Throws<InvalidOperationException>(() => table.GetOrAdd(1, uint.MaxValue, out _));
    }

    [Fact]
    public void ShouldStayWithin64BytesPerEntry_WhenMillionsOfKeysAreHeld()
    {
        const int Keys = 2_000_000;
        long before = GC.GetAllocatedBytesForCurrentThread();
        KeyGroupTable<long, long> table = new(KeyHashers.For<long>(), new HashRange(0, 1UL << 32));
        for (long key = 0; key < Keys; key++)
        {
            table.GetOrAdd(key, KeyHashers.For<long>().Hash(key), out _) = key;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(Keys, table.Count);
        Assert.InRange(allocated / Keys, 16, 64);
    }

    private static List<KeyValuePair<TKey, TValue>> Entries<TKey, TValue>(KeyGroupTable<TKey, TValue> table)
        where TKey : notnull
    {
        List<KeyValuePair<TKey, TValue>> entries = new();
        using KeyGroupIndex index = table.IndexByKeyGroup(new KeyGroupRange(0, 1), maxParallelism: 1);
        foreach (int entry in index.EntriesOf(0))
        {
            entries.Add(new KeyValuePair<TKey, TValue>(table.KeyAt(entry), table.ValueAt(entry)));
        }

        return entries;
    }
}
