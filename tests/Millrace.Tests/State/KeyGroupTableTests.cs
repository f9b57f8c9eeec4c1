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

    /// <summary>Large enough that its index is split many times while scans are at all places of it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void ShouldWriteWhatItWas_WhenItGrowsWhileItIsScanned(int seed)
    {
        const int Keys = 40_000;
        KeyGroupTable<int, int> table = new(KeyHashers.For<int>(), new HashRange(0, 1UL << 32));
        Dictionary<int, int> model = new();
        Random random = new(seed);
        Scan? scan = null;
        int scans = 0;
        for (int i = 0; i < 150_000; i++)
        {
            // Fewer keys at first, so that the table grows all the time.
            int key = random.Next(1 + Math.Min(i / 3, Keys));
            uint hash = KeyHashers.For<int>().Hash(key);
            if (random.Next(8) == 0)
            {
                Assert.Equal(model.Remove(key), table.Remove(key, hash));
            }
            else
            {
                table.GetOrAdd(key, hash, out bool exists) = i;
                Assert.Equal(model.ContainsKey(key), exists);
                model[key] = i;
            }

            if (scan is null && random.Next(1000) == 0)
            {
                scan = new Scan(new Dictionary<int, int>(model));
                table.BeginScan(scan);
            }
            else if (scan is not null && random.Next(20_000) == 0)
            {
                table.AbandonScan();
                scan = null;
            }
            else if (scan is not null && random.Next(2) == 0)
            {
                int budget = random.Next(1000);
                if (table.Advance(ref budget))
                {
                    Assert.Equal(scan.Expected.OrderBy(entry => entry.Key), scan.Actual.OrderBy(entry => entry.Key));
                    scan = null;
                    scans++;
                }
            }
        }

        Assert.InRange(scans, 10, int.MaxValue);
        Assert.Equal(model.OrderBy(entry => entry.Key), Entries(table).OrderBy(entry => entry.Key));
        Assert.All(model, entry => Assert.Equal(entry.Value, table.Find(entry.Key, KeyHashers.For<int>().Hash(entry.Key))));
    }

    /// <summary>A record waits for what its change has to do first.</summary>
    [Fact]
    public void ShouldWriteFewEntriesAtATime_WhenItGrowsWhileItIsScanned()
    {
        const int Keys = 300_000;
        KeyGroupTable<int, int> table = new(KeyHashers.For<int>(), new HashRange(0, 1UL << 32));
        Scan scan = new([]);
        int most = 0;
        int grown = 0;
        long allocated = 0;
        for (int key = 0; key < Keys; key++)
        {
            if (key == Keys / 3)
            {
                table.BeginScan(scan);
            }

            int before = scan.Actual.Count;
            long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
            table.GetOrAdd(key, KeyHashers.For<int>().Hash(key), out _) = key;
            most = Math.Max(most, scan.Actual.Count - before);
            if (key > Keys / 3)
            {
                grown += scan.Actual.Count == before ? 0 : 1;
                allocated = Math.Max(allocated, GC.GetAllocatedBytesForCurrentThread() - allocatedBefore);
                int budget = key % 10 == 0 ? 100 : 0;
                table.Advance(ref budget);
            }
        }

        int rest = int.MaxValue;
        Assert.True(table.Advance(ref rest));
        Assert.Equal(Enumerable.Range(0, Keys / 3), scan.Actual.Keys.Order());
        Assert.InRange(most, 0, 4096);
        Assert.InRange(allocated, 1, 1 << 20);
        Assert.InRange(grown, 0, 200);
    }

    [Fact]
    public void ShouldRemoveAllThatIsDead_WhenASweepHasGoneRound()
    {
        const int Keys = 50_000;
        KeyGroupTable<int, int> table = new(KeyHashers.For<int>(), new HashRange(0, 1UL << 32));
        for (int key = 0; key < Keys; key++)
        {
            table.GetOrAdd(key, KeyHashers.For<int>().Hash(key), out _) = key;
            table.Sweep(1, static _ => false);
        }

        for (int i = 0; i < 200; i++)
        {
            table.Sweep(1000, static value => value % 3 == 0);
        }

        Assert.Equal(Enumerable.Range(0, Keys).Where(key => key % 3 != 0), Entries(table).Select(entry => entry.Key).Order());
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

    [Theory]
    [InlineData(1_000)]
    [InlineData(10_000)]
    public void ShouldStillWork_WhenAllHashesCollide(int keys)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        KeyGroupTable<int, int> table = new(KeyHashers.For<int>(), new HashRange(0, 1UL << 32));
        for (int key = 0; key < keys; key++)
        {
            table.GetOrAdd(key, uint.MaxValue, out _) = key;
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 400 * keys);
        Assert.Equal(keys, Entries(table).Distinct().Count());
        Assert.Equal(777, table.Find(777, uint.MaxValue));
        for (int key = 0; key < keys; key += 2)
        {
            Assert.True(table.Remove(key, uint.MaxValue));
        }

        Assert.Equal(keys / 2, Entries(table).Count(entry => entry.Key % 2 == 1));
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
