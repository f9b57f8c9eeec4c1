using System.Text.Json;
using Millrace.Checkpoints;
using Millrace.Operators.Windows;
using Millrace.Savepoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.Tests.State;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Windows;

/// <summary>
/// Windows that are written beside the work and by what has changed, in memory and on disk, are what they were at the barrier.
/// </summary>
public sealed partial class WindowCheckpointTests
{
    private const int Groups = 16;
    private const string FormerWindows =
        "4D525453010000000106696E74363406696E7436340001056C69737408696E7436345B5D0108656C656D656E7406696E7436"
        + "3406696E7436340001140001060218010001010802100200010202020604020A140001020222010777696E646F77020F7769"
        + "6E646F77732E736368656D61000108320877696E646F77730103013A0706410709481058000000000000002F000000ED4B93"
        + "61EFBDB8EE5354524D";
    private const string FormerSlices =
        "4D525453010000000150140000201C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C0106696E74363406696E7436340001056C697374"
        + "08696E7436345B5D0108656C656D656E7406696E74363406696E743634000114000106021801000001080210020000020202"
        + "0604020A140001020222010777696E646F770310736C696365732E70726F6772657373000108160E736C696365732E736368"
        + "656D6100011E3207736C696365730103015007065707095E106E0000000000000041000000570E273CC1EADC715354524D";

    [Theory]
    [InlineData(1, 10, 10, 0, false)]
    [InlineData(2, 10, 10, 25, false)]
    [InlineData(3, 40, 10, 0, false)]
    [InlineData(4, 40, 10, 25, false)]
    [InlineData(5, 25, 10, 15, false)]
    [InlineData(6, 10, 10, 0, true)]
    [InlineData(7, 10, 10, 25, true)]
    [InlineData(8, 40, 10, 0, true)]
    [InlineData(9, 40, 10, 25, true)]
    [InlineData(10, 25, 10, 15, true)]
    public void ShouldGoOnAsIfNothingHadHappened_WhenRestoredFromAnyCheckpoint(int seed, int size, int slide, int lateness, bool isOnDisk)
    {
        Random random = new(seed);
        using SmallStores stores = new(4 * 1024);
        Shape shape = new(AlignedOf(size, slide), lateness);
        int parallelism = 1;
        List<(Result Value, long Timestamp)> undisturbed = [];
        List<(Result Value, long Timestamp)> results = [];
        Task reference = new(shape, 0, 1, restored: null, store: null, undisturbed);
        List<Chained> tasks = [new(new Task(shape, 0, 1, restored: null, isOnDisk ? stores.Open() : null, results))];
        long time = 0;
        for (int id = 1; id <= 60; id++)
        {
            int keys = random.Next(3) == 0 ? 3 : 300;
            bool isSelfContained = random.Next(12) == 0;
            tasks.ForEach(task => task.Begin(id, isSelfContained));
            while (!tasks.TrueForAll(task => task.Advance(random.Next(1, 300))))
            {
                // What comes now is not in this checkpoint.
                time = Change(random, keys, time, reference, tasks);
            }

            List<byte[]> parts = [.. tasks.SelectMany(task => task.Complete(id, isConfirmed: random.Next(10) > 0))];
            Assert.Equal(tasks.SelectMany(task => task.Expected).Order(), Restored(parts, shape, random.Next(1, 4), stores, id % 5 == 0));
            if (random.Next(6) == 0)
            {
                // From a savepoint of what there is now, so that nothing has to be replayed.
                byte[][] saved = [.. tasks.Select(task => task.Task.Whole())];
                parallelism = random.Next(1, 4);
                bool isStored = isOnDisk && random.Next(4) > 0;
                tasks =
                [
                    .. Enumerable
                        .Range(0, parallelism)
                        .Select(index => new Chained(
                            new Task(
                                shape,
                                index,
                                parallelism,
                                ReaderOf(saved, index, parallelism),
                                isStored ? stores.Open() : null,
                                results
                            )
                        )),
                ];
                tasks.ForEach(task => task.Task.Watermark(reference.LastWatermark));
            }

            time = Change(random, keys, time, reference, tasks);
        }

        reference.Watermark(long.MaxValue);
        tasks.ForEach(task => task.Task.Watermark(long.MaxValue));
        Assert.True(undisturbed.Count > 200);
        Assert.Equal(Sorted(undisturbed), Sorted(results));
    }

    /// <summary>A checkpoint of large windows in which little changes is small, whether or not windows close in between.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldWriteWhatHasChanged_WhenWindowsAreLarge(bool isOnDisk)
    {
        using SmallStores stores = new(1 << 20);
        Shape shape = new(AlignedOf(10, 10), Lateness: 0);
        Chained task = new(new Task(shape, 0, 1, restored: null, isOnDisk ? stores.Open() : null, []));
        for (int key = 0; key < 20_000; key++)
        {
            task.Task.Push((5, key), (15, key));
        }

        long[] sizes = [.. Enumerable.Range(1, 4).Select(id => Sized(id, keys: 100))];
        task.Task.Watermark(9);
        long behind = Sized(5, keys: 100);

        Assert.True(sizes[0] > 20_000 * 2);
        Assert.All(sizes[1..], size => Assert.InRange(size, 100, sizes[0] / 5));
        Assert.InRange(behind, 100, sizes[0] / 5);
        Assert.Equal(20_000, task.Expected.Count);

        long Sized(int id, int keys)
        {
            task.Begin(id, isSelfContained: false);
            while (!task.Advance(10_000)) { }

            long size = task.Complete(id, isConfirmed: true).TakeLast(id == 1 ? int.MaxValue : 1).Sum(part => (long)part.Length);
            for (int key = 0; key < keys; key++)
            {
                task.Task.Push((15, key));
            }

            return size;
        }
    }

    /// <summary>A checkpoint may hold tasks that have not seen the same watermark.</summary>
    [Theory]
    [InlineData(10, false)]
    [InlineData(10, true)]
    [InlineData(40, false)]
    [InlineData(40, true)]
    public void ShouldFireOncePerKey_WhenRestoredFromTasksWithDifferentWatermarks(int size, bool isOnDisk)
    {
        using SmallStores stores = new();
        Shape shape = new(AlignedOf(size, 10), Lateness: 50);
        List<(Result Value, long Timestamp)> expected = [];
        List<(Result Value, long Timestamp)> results = [];
        Task undisturbed = new(shape, 0, 1, restored: null, store: null, expected);
        Task[] tasks = [.. Enumerable.Range(0, 2).Select(index => new Task(shape, index, 2, restored: null, store: null, results))];
        for (long key = 0; key < 20; key++)
        {
            undisturbed.Push((5, key));
            tasks[KeyGroups.TaskOf(KeyGroups.KeyGroupOf(KeyHashers.For<long>().Hash(key), Groups), Groups, 2)].Push((5, key));
        }

        tasks[0].Watermark(20);
        int before = results.Count;
        Task one = new(shape, 0, 1, ReaderOf([.. tasks.Select(task => task.Whole())], 0, 1), isOnDisk ? stores.Open() : null, results);
        one = new(shape, 0, 1, ReaderOf([one.Whole()], 0, 1), isOnDisk ? stores.Open() : null, results);
        one.Watermark(20);
        one.Watermark(long.MaxValue);
        undisturbed.Watermark(long.MaxValue);

        Assert.InRange(before, 1, expected.Count - 1);
        Assert.Equal(Sorted(expected), Sorted(results));
    }

    /// <summary>A late record counts by the watermark of its key group: its update is reported, or it is too late.</summary>
    [Theory]
    [InlineData(10, 20, false)]
    [InlineData(10, 20, true)]
    [InlineData(10, 70, false)]
    [InlineData(25, 20, false)]
    [InlineData(25, 70, false)]
    [InlineData(40, 20, false)]
    [InlineData(40, 20, true)]
    [InlineData(40, 60, false)]
    [InlineData(40, 90, false)]
    [InlineData(40, 90, true)]
    [InlineData(10, 90, false, 15)]
    public void ShouldCountAsLateByKeyGroup_WhenRestoredFromTasksWithDifferentWatermarks(
        int size,
        long watermark,
        bool isOnDisk,
        int slide = 10
    )
    {
        using SmallStores stores = new();
        Shape shape = new(AlignedOf(size, slide), Lateness: 50);
        List<(Result Value, long Timestamp)> before = [];
        List<(Result Value, long Timestamp)> expected = [];
        Task? one = null;
        Task[] tasks = [.. Enumerable.Range(0, 2).Select(index => new Task(shape, index, 2, restored: null, store: null, before))];
        Push(5, 20);
        tasks[0].Watermark(watermark);
        byte[][] saved = [.. tasks.Select(task => task.Whole())];
        tasks =
        [
            .. Enumerable
                .Range(0, 2)
                .Select(index => new Task(shape, index, 2, ReaderOf(saved, index, 2), isOnDisk ? stores.Open() : null, expected)),
        ];
        tasks[0].Watermark(watermark);
        List<(Result Value, long Timestamp)> results = [];
        one = new Task(shape, 0, 1, ReaderOf(saved, 0, 1), isOnDisk ? stores.Open() : null, results);

        // Keys from 20 on are new ones.
        foreach (long timestamp in (long[])[6, 8, 14, 28, 30, 58, 71])
        {
            Push(timestamp, 30);
        }

        tasks[1].Watermark(watermark);
        one.Watermark(watermark);
        tasks = [.. tasks, one];
        foreach (Task task in tasks)
        {
            task.Watermark(long.MaxValue);
        }

        Assert.True(expected.Count > 60 || slide > size);
        Assert.Equal(Sorted(expected), Sorted(results));
        Assert.Equal(tasks[0].LateRecords + tasks[1].LateRecords, one.LateRecords);

        void Push(long timestamp, int keys)
        {
            for (long key = 0; key < keys; key++)
            {
                tasks[KeyGroups.TaskOf(KeyGroups.KeyGroupOf(KeyHashers.For<long>().Hash(key), Groups), Groups, 2)].Push((timestamp, key));
                one?.Push((timestamp, key));
            }
        }
    }

    [Theory]
    [InlineData(10)]
    [InlineData(25)]
    [InlineData(40)]
    public void ShouldCountPreAggregatedRecordsAsLate_WhenTheyAreForTheirKeyGroupAlone(int size)
    {
        Shape shape = new(AlignedOf(size, 10), Lateness: 0);
        List<(Result Value, long Timestamp)> results = [];
        Task[] tasks = [.. Enumerable.Range(0, 2).Select(index => new Task(shape, index, 2, restored: null, store: null, results))];
        tasks[0].Watermark(200);
        tasks[1].Watermark(20);
        Task one = new(shape, 0, 1, ReaderOf([.. tasks.Select(task => task.Whole())], 0, 1), store: null, results);
        one.Watermark(20);
        for (long key = 0; key < 30; key++)
        {
            one.PushCombined(100, key, records: 3);
        }

        one.Watermark(long.MaxValue);
        int late = Enumerable
            .Range(0, 30)
            .Count(key => tasks[0].Range.Contains(KeyGroups.KeyGroupOf(KeyHashers.For<long>().Hash(key), Groups)));
        Assert.InRange(late, 1, 29);
        Assert.Equal((30 - late) * ((size + 5) / 10), results.Count);
        Assert.Equal(3 * late, one.LateRecords);
    }

    [Theory]
    [InlineData(10, 30, false)]
    [InlineData(30, 10, false)]
    [InlineData(30, 10, true)]
    public void ShouldRefuse_WhenOpenWindowsHadAnotherLength(int before, int now, bool isOnDisk)
    {
        using SmallStores stores = new();
        Task task = new(new Shape(AlignedOf(before, before), Lateness: 0), 0, 1, restored: null, store: null, []);
        task.Push((3, 1));
        Task open = new(new Shape(AlignedOf(before, before), Lateness: 0), 0, 1, ReaderOf([task.Whole()], 0, 1), store: null, []);

        StateMigrationException exception = Assert.Throws<StateMigrationException>(() =>
            new Task(new Shape(AlignedOf(now, now), Lateness: 0), 0, 1, ReaderOf([open.Whole()], 0, 1), isOnDisk ? stores.Open() : null, [])
        );

        Assert.Contains($"1 open window(s) of {before} ms", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>What is left of closed windows in parts of earlier checkpoints does not come back with the new length.</summary>
    [Theory]
    [InlineData(10, 30)]
    [InlineData(30, 10)]
    public void ShouldGoOn_WhenNoWindowOfTheFormerLengthIsOpen(int before, int now)
    {
        Chained first = new(new Task(new Shape(AlignedOf(before, before), Lateness: 0), 0, 1, restored: null, store: null, []));
        first.Task.Push([.. Enumerable.Range(0, 200).Select(key => (3L, (long)key))]);
        List<byte[]> parts = Taken(1);
        first.Task.Watermark(29);
        parts = Taken(2);
        Shape shape = new(AlignedOf(now, now), Lateness: 0);
        Task second = new(shape, 0, 1, ReaderOf(parts, 0, 1), store: null, []);
        second.Watermark(29);
        second.Push((31, 1));
        List<(Result Value, long Timestamp)> results = [];
        Task third = new(shape, 0, 1, ReaderOf([second.Whole()], 0, 1), store: null, results);
        third.Watermark(29);
        third.Watermark(long.MaxValue);

        Assert.True(parts.Count > 1);
        Assert.Equal([new Result(1, 30, "31")], results.Select(each => each.Value));

        List<byte[]> Taken(int id)
        {
            first.Begin(id, isSelfContained: false);
            while (!first.Advance(1_000)) { }

            return first.Complete(id, isConfirmed: true);
        }
    }

    [Fact]
    public void ShouldLetGoOfClosedWindows_WhenTheyLieOnDisk()
    {
        using SmallStores stores = new();
        IStateStore store = stores.Open();
        Task task = new(new Shape(AlignedOf(10, 10), Lateness: 0), 0, 1, restored: null, store, []);
        for (int window = 0; window < 50; window++)
        {
            for (int key = 0; key < 20; key++)
            {
                task.Push((window * 10, key));
            }

            task.Watermark((window * 10) + 9);
        }

        using IStateView view = store.View();
        using IStateCursor cursor = view.Between([0], [255, 255]);
        Assert.False(cursor.MoveNext());
    }

    /// <summary>As they were written until windows became parts of incremental checkpoints: by the code of that time.</summary>
    [Theory]
    [InlineData(10, FormerWindows, false)]
    [InlineData(10, FormerWindows, true)]
    [InlineData(40, FormerSlices, false)]
    [InlineData(40, FormerSlices, true)]
    public void ShouldGoOn_WhenWrittenInTheFormerFormat(int size, string hex, bool isOnDisk)
    {
        Shape shape = new(AlignedOf(size, 10), Lateness: 25);
        using SmallStores stores = new();
        List<(Result Value, long Timestamp)> expected = [];
        List<(Result Value, long Timestamp)> actual = [];
        Task before = new(shape, 0, 1, restored: null, store: null, expected);
        before.Push((3, 1), (5, 2), (17, 1), (12, 3));
        before.Watermark(14);
        before.Push((8, 4));
        expected.Clear();
        MergedSnapshotReader reader = ReaderOf(
            [
                [0, .. Convert.FromHexString(hex)],
            ],
            0,
            1
        )!;
        Task restored = new(shape, 0, 1, reader, isOnDisk ? stores.Open() : null, actual);
        foreach (Task task in (Task[])[before, restored])
        {
            task.Watermark(14);
            task.Push((9, 1));
            task.Watermark(22);
            task.Watermark(long.MaxValue);
        }

        Assert.True(expected.Count > 2);
        Assert.Equal(Sorted(expected), Sorted(actual));
        string name = size == 10 ? AlignedWindowSections.Windows : AlignedWindowSections.Slices;
        AlignedWindowContents contents = new(reader, name, Groups, "window");
        Assert.Equal((5, name), (contents.Count(), contents.Name));
        Assert.Equal(size == 10 ? 3 : 0, contents.Read().Count(entry => JsonOf(entry).GetProperty("fired").GetBoolean()));
    }

    private static JsonElement JsonOf(StateEntry entry)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            entry.WriteJson(json);
        }

        return JsonDocument.Parse(stream.ToArray()).RootElement;
    }

    private static long Change(Random random, int keys, long time, Task reference, List<Chained> tasks)
    {
        for (int step = random.Next(30); step > 0; step--)
        {
            (long Timestamp, long Key) record = (time + random.Next(-60, 20), random.Next(keys));
            reference.Push(record);
            uint hash = KeyHashers.For<long>().Hash(record.Key);
            tasks[KeyGroups.TaskOf(KeyGroups.KeyGroupOf(hash, Groups), Groups, tasks.Count)].Task.Push(record);
        }

        if (random.Next(2) == 0)
        {
            time += random.Next(8);
            reference.Watermark(time);
            tasks.ForEach(task => task.Task.Watermark(time));
        }

        return time;
    }

    private static AlignedTimeWindows AlignedOf(int size, int slide) =>
        size == slide
            ? TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(size))
            : SlidingEventTimeWindows.Of(TimeSpan.FromMilliseconds(size), TimeSpan.FromMilliseconds(slide));

    private static IEnumerable<string> Restored(List<byte[]> parts, Shape shape, int parallelism, SmallStores stores, bool isOnDisk) =>
        Enumerable
            .Range(0, parallelism)
            .SelectMany(index =>
                new Task(shape, index, parallelism, ReaderOf(parts, index, parallelism), isOnDisk ? stores.Open() : null, []).Entries()
            )
            .Order();

    // Parts of several tasks: what each builds on was marked when it was written.
    private static MergedSnapshotReader? ReaderOf(IReadOnlyList<byte[]> parts, int index, int parallelism) =>
        MergedSnapshotReader.Create(
            parts.Select((part, i) => new TaskSnapshotReader(part.AsMemory(1), $"part {i}", isBuiltOn: part[0] == 1)),
            "window",
            KeyGroups.RangeOf(index, Groups, parallelism)
        );

    private static IEnumerable<Result> Sorted(List<(Result Value, long Timestamp)> results) =>
        results.Select(each => each.Value).OrderBy(result => (result.Start, result.Key, result.Values.Length, result.Values));
}
