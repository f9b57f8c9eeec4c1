using System.Buffers;
using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.Tests.State;
using Xunit;

namespace Millrace.Tests.Checkpoints;

/// <summary>Checkpoints that build on parts of earlier ones say what the state was at their barriers.</summary>
public sealed partial class IncrementalSnapshotTests
{
    private const int Groups = 16;
    private static readonly KeyGroupRange All = new(0, Groups);
    private static readonly ValueStateDescriptor<long> Last = new("last");
    private static readonly ListStateDescriptor<int> Seen = new("seen");
    private static readonly MapStateDescriptor<string, int> Counts = new("counts");

    [Theory]
    [InlineData(1, 40, 2_000, false)]
    [InlineData(2, 400, 2_000, false)]
    [InlineData(3, 4_000, 4_000, false)]
    [InlineData(4, 3, 300, false)]
    [InlineData(5, 40, 2_000, true)]
    [InlineData(6, 400, 2_000, true)]
    [InlineData(7, 4_000, 2_000, true)]
    [InlineData(8, 3, 300, true)]
    [InlineData(9, 400, 2_000, false, 3_000)]
    [InlineData(10, 400, 2_000, true, 10_000)]
    [InlineData(14, 4_000, 4_000, false, 60_000)]
    public void ShouldRestoreWhatItWasAtTheBarrier_WhateverIsConfirmed(
        int seed,
        int keys,
        int steps,
        bool isOnDisk,
        long mostBytes = SnapshotPlan.MostBytes
    )
    {
        Random random = new(seed);
        using SmallStores stores = new(16 * 1024);
        Task task = new(restored: null, All, isOnDisk ? stores.Open : null);
        SnapshotChain chain = new(All, isIncremental: true, mostBytes: mostBytes);
        List<byte[]> parts = [];
        int cut = 0;
        for (int id = 1; id <= 40; id++)
        {
            bool isSelfContained = random.Next(12) == 0;
            SnapshotPlan plan = chain.Plan(id, isSelfContained);
            using TaskSnapshotWriter writer = new(plan);
            task.Snapshot(writer);
            SortedDictionary<string, string> expected = task.Model();
            int budget = random.Next(400);
            while (!writer.Advance(ref budget))
            {
                task.Change(random, keys, random.Next(40));
                budget = random.Next(1, 400);
            }

            using TaskSnapshot snapshot = writer.Complete();
            List<byte[]> kept = With(parts, snapshot);

            Assert.Equal(snapshot.Keeps, kept.Count - 1 - snapshot.Before.Count);
            Assert.InRange(kept.Count, 1, SnapshotChain.MaxParts + 1 + snapshot.Before.Count);
            Assert.All(kept, part => Assert.InRange(part.Length, 1, 2 * Math.Max(mostBytes, 20_000)));
            cut += snapshot.Before.Count > 1 && plan is { StartsAnew: false } ? 1 : 0;
            Assert.Equal(expected, Restored(kept, random.Next(1, 4), id % (isOnDisk ? 4 : 8) == 0 ? stores.Open : null));
            if (random.Next(10) > 0)
            {
                chain.Confirm(id);
                parts = isSelfContained ? parts : kept;
            }

            task.Change(random, keys, random.Next(steps));
        }

        Assert.Equal(mostBytes < SnapshotPlan.MostBytes, cut > 0);
    }

    /// <summary>As entities save their state: parts have what is kept per key, may become one, and are gone on from elsewhere.</summary>
    [Theory]
    [InlineData(1, 40, 200)]
    [InlineData(2, 400, 200)]
    [InlineData(3, 4_000, 300)]
    [InlineData(4, 3, 30)]
    public void ShouldRestoreWhatItWas_WhenPartsBecomeOneAndAreGoneOnFromElsewhere(int seed, int keys, int steps)
    {
        Random random = new(seed);
        Task task = new();
        SnapshotChain chain = new(All, isIncremental: true, isApart: true);
        List<byte[]> parts = [];
        int changesOnly = 0;
        for (int id = 1; id <= 150; id++)
        {
            task.Change(random, keys, random.Next(steps));
            SnapshotPlan plan = chain.Plan(id, isSelfContained: false);
            using TaskSnapshotWriter writer = new(plan);
            task.Snapshot(writer);
            SortedDictionary<string, string> expected = task.Model();
            using TaskSnapshot snapshot = writer.Complete();
            changesOnly += plan.IsChangesOnly ? 1 : 0;
            parts = [.. parts.TakeLast(snapshot.Keeps), .. snapshot.Before.Select(part => part.Content.ToArray())];
            if (random.Next(3) == 0 && parts.Count > 1)
            {
                int count = random.Next(2, parts.Count + 1);
                using TaskSnapshot merged = MergedSnapshotReader.Merge([.. BuiltOn(parts).TakeLast(count)]);
                parts = [.. parts.SkipLast(count), merged.Content.ToArray()];
                chain.Merge(count);
            }

            byte[] head = snapshot.Content.ToArray();
            TaskSnapshotReader[] readers = [.. BuiltOn(parts), new TaskSnapshotReader(head, "head")];
            Assert.InRange(parts.Count, 0, SnapshotChain.MaxParts);
            Assert.Equal(expected, new Task(MergedSnapshotReader.Create(readers, "op", All), All).Model());
            if (random.Next(6) == 0 && parts.Count > 0)
            {
                task = new Task(MergedSnapshotReader.Create(readers, "op", All, goesOn: true), All);
                chain = new SnapshotChain(All, isIncremental: true, isApart: true);
                chain.Continue(BuiltOn(parts));
            }
            else
            {
                chain.Confirm(id);
            }
        }

        Assert.True(changesOnly > 30 || keys < 40, $"Only {changesOnly} parts had nothing but changes.");
    }

    /// <summary>In one part, too: what nobody has asked for is carried over as it comes.</summary>
    [Fact]
    public void ShouldReadChangesBehindTheirBase_WhenAnotherKeyGroupHasChangesAlone()
    {
        using TaskSnapshotWriter writer = new();
        ISnapshotWriter section = writer.Operator("op");
        section.CarryOver("s", new KeyGroupSection(0, new byte[] { 1 }, TaskSnapshotFormat.ChangesSection));
        section.CarryOver("s", new KeyGroupSection(1, new byte[] { 2 }, TaskSnapshotFormat.BaseSection));
        section.CarryOver("s", new KeyGroupSection(1, new byte[] { 3 }, TaskSnapshotFormat.ChangesSection));
        using TaskSnapshot snapshot = writer.Complete();

        Assert.Equal([1, 2, 3], Readers([snapshot.Content.ToArray()])!.KeyGroupSections("s").Select(each => (int)each.Data.Span[0]));
    }

    /// <summary>A part that two versions have written keeps the order of what one of them has written.</summary>
    [Fact]
    public void ShouldKeepTheOrderOfChanges_WhenSectionsBeginDifferently()
    {
        (int Group, byte Header, byte Data)[] sections = [(0, 8, 1), (1, 7, 2), (1, 8, 3), (1, 7, 4)];
        using TaskSnapshotWriter writer = new();
        foreach ((int group, byte header, byte data) in sections)
        {
            writer.Carry(
                "op",
                "s",
                new KeyGroupSection(group, new[] { data }, TaskSnapshotFormat.ChangesSection) { Header = new[] { header } }
            );
        }

        using TaskSnapshot snapshot = writer.Complete();

        Assert.Equal(
            sections,
            Readers([snapshot.Content.ToArray()])!
                .KeyGroupSections("s")
                .Select(each => (each.KeyGroup, each.Beginning[0], each.Data.Span[0]))
        );
    }

    [Fact]
    public void ShouldWriteTwiceWhatChanges_AndReadTwiceTheState()
    {
        const int Keys = 500_000;
        const int Changes = 25_000;
        Random random = new(7);
        Task task = new();
        SnapshotChain chain = new(All, isIncremental: true);
        for (int key = 0; key < Keys; key++)
        {
            task.Set(key, random.Next());
        }

        (long written, long changed, long most, long total) = (0, 0, 0, 0);
        List<long> sizes = [];
        for (int id = 1; id <= 100; id++)
        {
            using TaskSnapshotWriter writer = new(chain.Plan(id, isSelfContained: false));
            task.Snapshot(writer);
            using TaskSnapshot snapshot = writer.Complete();
            chain.Confirm(id);
            sizes = [.. sizes.TakeLast(snapshot.Keeps), .. snapshot.Before.Select(piece => piece.Size), snapshot.Size];
            if (id == 1)
            {
                total = sizes.Sum();
            }
            else
            {
                written += snapshot.Size;
                most = Math.Max(most, sizes.Sum());
            }

            for (int i = 0; i < Changes; i++)
            {
                int key = random.Next(Keys);
                task.Set(key, random.Next());
            }

            changed += id < 100 ? total * Changes / Keys : 0;
        }

        Assert.InRange((double)written / changed, 1, 2.5);
        Assert.InRange((double)most / total, 1, 2.5);
    }

    [Fact]
    public void ShouldCarryOverWhatNobodyAsksFor_WhenItWasRestored()
    {
        Random random = new(11);
        Task task = new();
        SnapshotChain chain = new(All, isIncremental: true);
        List<byte[]> parts = [];
        for (int id = 1; id <= 4; id++)
        {
            task.Change(random, 5_000, 3_000);
            using TaskSnapshotWriter writer = new(chain.Plan(id, isSelfContained: false));
            task.Snapshot(writer);
            using TaskSnapshot snapshot = writer.Complete();
            chain.Confirm(id);
            parts = With(parts, snapshot);
        }

        Assert.True(parts.Count > 1);
        SnapshotChain second = new(All, isIncremental: true);
        List<byte[]> later = [];
        using (TaskSnapshotWriter carried = new(second.Plan(5, isSelfContained: false)))
        {
            BackendOf(Readers(parts), All).Snapshot(carried.Operator("op"));
            using TaskSnapshot snapshot = carried.Complete();
            later.Add(snapshot.Content.ToArray());
        }

        using TaskSnapshotWriter savepoint = new(second.Plan(6, isSelfContained: true));
        BackendOf(Readers(later), All).Snapshot(savepoint.Operator("op"));
        using TaskSnapshot saved = savepoint.Complete();

        Assert.Equal(
            task.Model().Where(entry => !entry.Key.StartsWith("timers", StringComparison.Ordinal)),
            Restored([saved.Content.ToArray()], 1)
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldWriteAllOfIt_WhenAStateIsFirstAskedForLater(bool isRestored)
    {
        SnapshotChain chain = new(All, isIncremental: true);
        KeyedStateBackend<int> backend = BackendOf(isRestored ? Readers([PartOf(key => key)]) : null, All);
        IValueState<long> early = backend.Global.GetState(new ValueStateDescriptor<long>("early"));
        List<byte[]> parts = [];
        for (int id = 1; id <= 5; id++)
        {
            for (int key = 0; key < 5_000; key++)
            {
                backend.Keys.Set(key, KeyHashers.For<int>().Hash(key));
                if (key < 5 || id == 1)
                {
                    early.Update(id);
                }

                if (id > 2 && key < 20)
                {
                    // After two checkpoints: one has carried it over, and this one changes it.
                    backend.Global.GetState(Last).Update(-key);
                }
            }

            using TaskSnapshotWriter writer = new(chain.Plan(id, isSelfContained: false));
            backend.Snapshot(writer.Operator("op"));
            using TaskSnapshot snapshot = writer.Complete();
            chain.Confirm(id);
            parts = With(parts, snapshot);
            Assert.True(id != 3 || snapshot.Keeps > 0);
            KeyedStateBackend<int> restored = BackendOf(Readers(parts), All);
            for (int key = 0; key < 5_000 && id > 2; key++)
            {
                restored.Keys.Set(key, KeyHashers.For<int>().Hash(key));
                Assert.Equal(
                    key < 20 ? -key
                        : isRestored ? key
                        : 0,
                    restored.Global.GetState(Last).Value
                );
            }
        }
    }

    private static byte[] PartOf(Func<int, long> valueOf)
    {
        Task task = new();
        for (int key = 0; key < 5_000; key++)
        {
            task.Set(key, valueOf(key));
        }

        using TaskSnapshotWriter writer = new();
        task.Snapshot(writer);
        using TaskSnapshot snapshot = writer.Complete();
        return snapshot.Content.ToArray();
    }

    private static TaskSnapshotReader[] BuiltOn(List<byte[]> parts) =>
        [.. parts.Select((part, i) => new TaskSnapshotReader(part, $"part {i}", isBuiltOn: true))];

    private static List<byte[]> With(List<byte[]> parts, TaskSnapshot snapshot) =>
        [.. parts.TakeLast(snapshot.Keeps), .. snapshot.Before.Append(snapshot).Select(part => part.Content.ToArray())];

    private static KeyedStateBackend<int> BackendOf(ISnapshotReader? restored, KeyGroupRange range, Func<IStateStore?>? store = null) =>
        new(new KeyContext<int>(KeyHashers.For<int>(), TypeSerializers.For<int>(), range, Groups), static () => 0, restored, store);

    private static ISnapshotReader? Readers(List<byte[]> parts, KeyGroupRange? range = null) =>
        MergedSnapshotReader.Create(
            parts.Select((part, i) => new TaskSnapshotReader(part, $"part {i}", isBuiltOn: i < parts.Count - 1)),
            "op",
            range ?? All
        );

    private static SortedDictionary<string, string> Restored(List<byte[]> parts, int parallelism, Func<IStateStore>? open = null)
    {
        SortedDictionary<string, string> all = new(StringComparer.Ordinal);
        for (int i = 0; i < parallelism; i++)
        {
            KeyGroupRange range = KeyGroups.RangeOf(i, Groups, parallelism);
            foreach ((string key, string value) in new Task(Readers(parts, range), range, open).Model())
            {
                all.Add(key, value);
            }
        }

        return all;
    }
}
