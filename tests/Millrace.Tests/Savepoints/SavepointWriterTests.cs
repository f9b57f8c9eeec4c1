using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Durable.Hosting;
using Millrace.Graph;
using Millrace.Savepoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Testing;
using Millrace.Tests.Durable;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Tests.Savepoints;

/// <summary>New savepoints, and jobs that start from them.</summary>
public sealed class SavepointWriterTests
{
    private const long Records = 60_000;
    private readonly InMemoryObjectStore _store = new();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldGoOnUnderItsNewUid_WhenAnOperatorIsRenamed(int parallelism)
    {
        CollectSink<long> first = new();
        string old = await StatefulJob.StopWithSavepointAsync(_store, first, Records);
        string path = await SavepointWriter
            .FromExistingSavepoint(await SavepointReader.LoadAsync(_store, old))
            .ChangeOperatorIdentifier("count", "tally")
            .WriteAsync(_store, "renamed");
        Assert.Equal($"jobs/{StatefulJob.Name}/savepoints/renamed", path);

        CollectSink<long> second = new();
        await DeleteAllButAsync(path);
        await StatefulJob.FinishAsync(_store, second, Records, path, parallelism, "tally");

        Assert.Equal(AllResults(), first.Records.Concat(second.Records).Order());
    }

    [Fact]
    public async Task ShouldGoOn_WhenItIsMadeOfACheckpointOfSeveralParts()
    {
        SavepointReader incremental = await SavepointReader.LoadAsync(_store, await StatefulJob.RunToIncrementalCheckpointAsync(_store));
        Dictionary<long, long> counts = new(incremental.ReadKeyedState<long, long>("count", StatefulJob.Count));
        string path = await SavepointWriter.FromExistingSavepoint(incremental).WriteAsync(_store, "whole");
        await DeleteAllButAsync(path);
        SavepointReader whole = await SavepointReader.LoadAsync(_store, path);
        Assert.Equal(CheckpointManifest.SelfContainedVersion, whole.Checkpoint.Manifest.FormatVersion);
        Assert.Equal(counts, new Dictionary<long, long>(whole.ReadKeyedState<long, long>("count", StatefulJob.Count)));
        Assert.Equal(incremental.CheckpointId, whole.CheckpointId);

        long numbers = counts.Values.Sum();
        CollectSink<long> sink = new();
        await StatefulJob.FinishAsync(_store, sink, numbers + 10_000, path, parallelism: 1, "count");

        Assert.Equal(Results(numbers, numbers + 10_000), sink.Records.Order());
    }

    [Fact]
    public async Task ShouldShowInTheResults_WhenTheValuesOfAStateAreChanged()
    {
        string old = await StatefulJob.StopWithSavepointAsync(_store, new DiscardingSink<long>());
        SavepointReader before = await SavepointReader.LoadAsync(_store, old);
        Dictionary<long, long> counts = new(before.ReadKeyedState<long, long>("count", StatefulJob.Count));
        string path = await SavepointWriter
            .FromExistingSavepoint(before)
            .WithKeyedState("count", StatefulJob.Count, counts.Select(static each => KeyValuePair.Create(each.Key, each.Value + 500)))
            .WriteAsync(_store, "changed");

        SavepointReader after = await SavepointReader.LoadAsync(_store, path);
        Assert.Equal(SectionsOf(before, "state/count"), SectionsOf(after, "state/count"));
        Assert.Equal(
            counts,
            new Dictionary<long, long>(
                (await SavepointReader.LoadAsync(_store, old)).ReadKeyedState<long, long>("count", StatefulJob.Count)
            )
        );

        long numbers = counts.Values.Sum();
        CollectSink<long> sink = new();
        await StatefulJob.FinishAsync(_store, sink, numbers + 10_000, path, parallelism: 2, "count");

        Assert.Equal(
            Results(numbers, numbers + 10_000).Select(result => result + (counts.ContainsKey(result / 1_000_000) ? 500 : 0)),
            sink.Records.Order()
        );
    }

    [Fact]
    public async Task ShouldBeginWithIt_WhenAJobThatNeverRanIsGivenState()
    {
        long[] keys = [.. Enumerable.Range(0, StatefulJob.Keys).Select(static key => (long)key)];
        string path = await SavepointWriter
            .NewSavepoint(StatefulJob.Name)
            .WithKeyedState("count", StatefulJob.Count, keys.Select(static key => KeyValuePair.Create(key, 1_000 + key)))
            .WithKeyedState(
                "count",
                StatefulJob.Recent,
                keys.Select(static key => KeyValuePair.Create<long, IReadOnlyList<long>>(key, [key, -key]))
            )
            .WithKeyedState(
                "count",
                StatefulJob.ByRest,
                keys.Select(static key =>
                    KeyValuePair.Create<long, IReadOnlyCollection<KeyValuePair<string, long>>>(key, [new("before", key)])
                )
            )
            .WithKeyedState("count", StatefulJob.Sum, keys.Select(static key => KeyValuePair.Create(key, 2 * key)))
            .WithKeyedState("count", StatefulJob.Mean, keys.Select(static key => KeyValuePair.Create(key, new Tally(1, key))))
            .WithKeyedState("count", StatefulJob.Seen, keys.Select(static key => KeyValuePair.Create(key, 3 * key)))
            .WriteAsync(_store, "begin");

        SavepointReader reader = await SavepointReader.LoadAsync(_store, path);
        Assert.All(
            reader.ReadKeyedState<long, long>("count", StatefulJob.Recent),
            static each => Assert.Equal([each.Key, -each.Key], each.Value)
        );
        Assert.Equal(
            keys.Select(static key => $"{key} before {key}").Order(StringComparer.Ordinal),
            reader
                .ReadKeyedState<long, string, long>("count", StatefulJob.ByRest)
                .Select(static each => $"{each.Key} {each.Value.Single().Key} {each.Value.Single().Value}")
                .Order(StringComparer.Ordinal)
        );
        Assert.Equal(keys.Sum() * 2, reader.ReadKeyedState<long, long>("count", StatefulJob.Sum).Sum(static each => each.Value));
        Assert.Equal(keys.Sum() * 3, reader.ReadKeyedState<long, long>("count", StatefulJob.Seen).Sum(static each => each.Value));
        Assert.Equal(
            keys.Sum(),
            reader.ReadKeyedState<long, long, Tally, double>("count", StatefulJob.Mean).Sum(static each => each.Value.Total)
        );

        CollectSink<long> sink = new();
        await StatefulJob.FinishAsync(_store, sink, Records, path, parallelism: 3, "count");

        Assert.Equal(AllResults().Select(static result => result + 1_000 + (result / 1_000_000)).Order(), sink.Records.Order());
    }

    [Fact]
    public async Task ShouldBeginAnewThere_WhenAnOperatorIsRemoved()
    {
        string old = await StatefulJob.StopWithSavepointAsync(_store, new DiscardingSink<long>());
        SavepointReader before = await SavepointReader.LoadAsync(_store, old);
        long numbers = before.ReadKeyedState<long, long>("count", StatefulJob.Count).Sum(static each => each.Value);
        string path = await SavepointWriter.FromExistingSavepoint(before).RemoveOperator("count").WriteAsync(_store, "without");
        Assert.DoesNotContain("count", (await SavepointReader.LoadAsync(_store, path)).OperatorUids);

        CollectSink<long> sink = new();
        await StatefulJob.FinishAsync(_store, sink, numbers + StatefulJob.Keys, path, parallelism: 2, "other");

        Assert.Equal(Enumerable.Range(0, StatefulJob.Keys).Select(static key => StatefulJob.Result(key, 1)), sink.Records.Order());
    }

    [Fact]
    public async Task ShouldKeepTheTimeOfEachInput_WhenItsOperatorIsRenamed()
    {
        string old = await StatefulJob.StopWithSavepointAsync(_store, new DiscardingSink<long>());
        SavepointReader before = await SavepointReader.LoadAsync(_store, old);
        string path = await SavepointWriter
            .FromExistingSavepoint(before)
            .ChangeOperatorIdentifier("count", "tally")
            .ChangeOperatorIdentifier("numbers", "source")
            .WriteAsync(_store, "renamed");
        RestoredCheckpoint after = (await SavepointReader.LoadAsync(_store, path)).Checkpoint;

        Assert.Equal(
            SectionsOf(before, "")
                .Select(static each => Renamed(Renamed(each, "count", "tally"), "numbers", "source"))
                .Order(StringComparer.Ordinal),
            SectionsOf(await SavepointReader.LoadAsync(_store, path), "")
        );
        (string _, long watermark) = Assert.Single(Watermarks(before.Checkpoint, "count"));
        (string port, long kept) = Assert.Single(Watermarks(after, "tally"));
        Assert.Equal(("tally:0", watermark), (port, kept));
        Assert.InRange(kept, 1, long.MaxValue);
        Assert.Equal(["source", "tally"], after.Manifest.Stages.Select(static stage => stage.Uid).Take(2));
        Assert.Equal(["tally"], after.Manifest.Stages[1].Operators);

        static string Renamed(string section, string from, string to) =>
            section.StartsWith(from + " ", StringComparison.Ordinal) ? to + section[from.Length..] : section;

        static Dictionary<string, long> Watermarks(RestoredCheckpoint checkpoint, string stage) =>
            TaskWatermarks.Read(checkpoint.ReaderOf(TaskWatermarks.UidOf(stage), new KeyGroupRange(0, 128)));
    }

    [Fact]
    public async Task ShouldGoOnOnTheFunctionApp_WhenItIsMadeOfTheAppsSavepoint()
    {
        await using DurableScene scene = new() { Time = new ManualTimeProvider() };
        scene.Append(20);
        string ten;
        await using (DurableJobHost host = await scene.OpenAsync())
        {
            await scene.DeliverAsync(host, 0, 10);
            ten = await scene.StopAsync(host, "ten");
        }

        SavepointReader reader = await SavepointReader.LoadAsync(scene.Store, ten);
        OperatorContents count = OperatorContents.AllOf(reader.Checkpoint).Single(static each => each.Uid == "count");
        StateEntry entry = Assert.Single(Assert.Single(count.States).Read());
        Assert.Equal("{\"key\":0,\"value\":10}", SchemaJson.ToText(entry.WriteJson));
        string path = await SavepointWriter
            .FromExistingSavepoint(reader)
            .ChangeOperatorIdentifier("count", "gone")
            .RemoveOperator("gone")
            .WithKeyedState("count", new ValueStateDescriptor<long>("unused"), [KeyValuePair.Create(0, 1L)])
            .WriteAsync(scene.Store, "changed");

        DurableJobHost restored = await scene.OpenAsync(path);
        await scene.DeliverAsync(restored, 10, 20);
        await scene.TickAsync(restored);

        // What was read is not read again, and what was counted is forgotten.
        Assert.Equal([.. DurableScene.Numbers(10), .. DurableScene.Numbers(10)], scene.Counts.All);
    }

    [Fact]
    public async Task ShouldRefuse_WhenItWouldChangeASavepointOrLoseItselfAmongCheckpoints()
    {
        SavepointWriter writer = SavepointWriter
            .NewSavepoint("job")
            .WithKeyedState("a", new ValueStateDescriptor<int>("v"), [KeyValuePair.Create("k", 1)]);
        string path = await writer.WriteAsync(_store, "one");

        InvalidOperationException exists = await Assert.ThrowsAsync<InvalidOperationException>(() => writer.WriteAsync(_store, path));
        Assert.Contains("'jobs/job/savepoints/one' already", exists.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => writer.WriteAsync(_store, "jobs/job/checkpoints/000000000001-000001"));
        await Assert.ThrowsAsync<ArgumentException>(() => writer.WriteAsync(_store, "jobs//x"));
        ArgumentException unknown = Assert.Throws<ArgumentException>(() => writer.RemoveOperator("b"));
        Assert.Contains("There is no operator 'b', only 'a'", unknown.Message, StringComparison.Ordinal);
        writer.WithKeyedState("b", new ValueStateDescriptor<int>("v"), [KeyValuePair.Create("k", 1)]);
        Assert.Throws<ArgumentException>(() => writer.ChangeOperatorIdentifier("a", "b"));
        Assert.Throws<ArgumentException>(() =>
            writer.WithKeyedState("a", new ValueStateDescriptor<int>("v"), [KeyValuePair.Create("k", 1)])
        );
        Assert.Throws<ArgumentException>(() => writer.WithKeyedState("a", new ValueStateDescriptor<int>("w"), [KeyValuePair.Create(7, 1)]));
        writer.WithKeyedState("a", new ValueStateDescriptor<int>("w"), [KeyValuePair.Create("k", 1), KeyValuePair.Create("k", 2)]);
        ArgumentException twice = await Assert.ThrowsAsync<ArgumentException>(() => writer.WriteAsync(_store, "two"));
        Assert.Contains("Key 'k' comes twice in the entries for state 'w'", twice.Message, StringComparison.Ordinal);
        Assert.Null(await _store.GetAsync("jobs/job/savepoints/two/manifest.json", CancellationToken.None));
    }

    [Theory]
    [InlineData("/a-0")]
    [InlineData("/manifest.json")]
    public async Task ShouldBeNoSavepoint_WhenItIsNotWrittenToItsEnd(string last)
    {
        SceneStore failing = new(_store)
        {
            OnPut = name => name.EndsWith(last, StringComparison.Ordinal) ? throw new IOException("It has died.") : Task.CompletedTask,
        };
        SavepointWriter writer = SavepointWriter
            .NewSavepoint("job")
            .WithKeyedState("a", new ValueStateDescriptor<int>("v"), [KeyValuePair.Create("k", 1)]);

        await Assert.ThrowsAsync<IOException>(() => writer.WriteAsync(failing, "one"));

        Assert.Null(await _store.GetAsync("jobs/job/savepoints/one/manifest.json", CancellationToken.None));
        if (last == "/a-0")
        {
            Assert.Empty(await _store.ListAsync("", CancellationToken.None).ToListAsync());
        }

        SavepointReader reader = await SavepointReader.LoadAsync(_store, await writer.WriteAsync(_store, "one"));
        Assert.Equal([KeyValuePair.Create("k", 1)], reader.ReadKeyedState<string, int>("a", new ValueStateDescriptor<int>("v")));
    }

    [Fact]
    public async Task ShouldLeaveItAlone_WhenAnotherOneOfTheNameIsWrittenMeanwhile()
    {
        ValueStateDescriptor<int> state = new("v");
        bool isSecond = false;
        SceneStore store = new(_store)
        {
            OnPut = async name =>
            {
                if (name.EndsWith("/a-0", StringComparison.Ordinal) && !isSecond)
                {
                    isSecond = true;
                    await SavepointWriter
                        .NewSavepoint("job")
                        .WithKeyedState("b", state, [KeyValuePair.Create(2, 2)])
                        .WriteAsync(_store, "one");
                }
            },
        };

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            SavepointWriter.NewSavepoint("job").WithKeyedState("a", state, [KeyValuePair.Create(1, 1)]).WriteAsync(store, "one")
        );

        SavepointReader reader = await SavepointReader.LoadAsync(_store, "jobs/job/savepoints/one");
        Assert.Equal([KeyValuePair.Create(2, 2)], reader.ReadKeyedState<int, int>("b", state));
    }

    [Fact]
    public async Task ShouldForgetTheOthers_WhenAStateIsReplacedForSomeKeys()
    {
        ValueStateDescriptor<int> state = new("v");
        ValueStateDescriptor<string> other = new("w");
        string path = await SavepointWriter
            .NewSavepoint("job")
            .WithKeyedState("a", state, Enumerable.Range(0, 100).Select(static key => KeyValuePair.Create(key, key)))
            .WithKeyedState("a", other, [KeyValuePair.Create(7, "kept")])
            .WriteAsync(_store, "one");

        path = await SavepointWriter
            .FromExistingSavepoint(await SavepointReader.LoadAsync(_store, path))
            .WithKeyedState("a", state, [KeyValuePair.Create(3, -3)])
            .WriteAsync(_store, "two");

        SavepointReader reader = await SavepointReader.LoadAsync(_store, path);
        Assert.Equal([KeyValuePair.Create(3, -3)], reader.ReadKeyedState<int, int>("a", state));
        Assert.Equal([KeyValuePair.Create(7, "kept")], reader.ReadKeyedState<int, string>("a", other));
    }

    private static IEnumerable<long> AllResults() => Results(0, Records);

    private static IEnumerable<long> Results(long from, long to) =>
        Enumerable
            .Range(0, (int)(to - from))
            .Select(i => from + i)
            .Select(static n => StatefulJob.Result(n % StatefulJob.Keys, (n / StatefulJob.Keys) + 1))
            .Order();

    /// <summary>The bytes of all sections but those of one name, and catalogs.</summary>
    private static IEnumerable<string> SectionsOf(SavepointReader reader, string except)
    {
        List<string> sections = [];
        foreach (TaskSnapshotReader part in reader.Checkpoint.Parts)
        {
            foreach (string uid in part.AllUids.Where(static uid => !TaskWatermarks.IsUid(uid)))
            {
                foreach ((string name, bool isKeyed) in part.NamesOf(uid).Where(each => each.Name != except && each.Name != "keyed-states"))
                {
                    ISnapshotReader all = MergedSnapshotReader.Create([part], uid, new KeyGroupRange(0, 128))!;
                    sections.AddRange(
                        isKeyed
                            ? all.KeyGroupSections(name)
                                .Select(each => $"{uid} {name} {each.KeyGroup} {Convert.ToHexString(each.Data.Span)}")
                            : all.Sections(name).Select(each => $"{uid} {name} {Convert.ToHexString(each.Span)}")
                    );
                }
            }
        }

        return sections.Order(StringComparer.Ordinal);
    }

    private async Task DeleteAllButAsync(string path)
    {
        List<string> names = [];
        await foreach (string name in _store.ListAsync("", CancellationToken.None))
        {
            names.Add(name);
        }

        foreach (string name in names.Where(name => !name.StartsWith(path + "/", StringComparison.Ordinal)))
        {
            await _store.DeleteAsync(name, CancellationToken.None);
        }
    }
}
