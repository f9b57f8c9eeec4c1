using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Savepoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Tests.Savepoints;

/// <summary>State of a real job, read with its types: every value is the one that the job had.</summary>
public sealed class SavepointReaderTests
{
    private readonly InMemoryObjectStore _store = new();

    [Fact]
    public async Task ShouldReadWhatTheJobHad_WhenItIsASavepoint()
    {
        string path = await StatefulJob.StopWithSavepointAsync(_store, new DiscardingSink<long>());

        SavepointReader reader = await SavepointReader.LoadAsync(_store, path);

        Assert.Equal(StatefulJob.Name, reader.JobName);
        Assert.Equal(["count", "daily", "numbers", "sessions"], reader.OperatorUids.Order(StringComparer.Ordinal));
        HasTheStateOfOneMoment(reader);
    }

    [Fact]
    public async Task ShouldReadWhatTheJobHad_WhenItsCheckpointRefersToPartsOfEarlierOnes()
    {
        string path = await StatefulJob.RunToIncrementalCheckpointAsync(_store);

        SavepointReader reader = await SavepointReader.LoadAsync(_store, path);

        ISnapshotReader count = reader.Checkpoint.ReaderOf("count", new KeyGroupRange(0, reader.MaxParallelism))!;
        Assert.Contains(count.KeyGroupSections("state/count"), static section => section.IsChange);
        HasTheStateOfOneMoment(reader);
    }

    [Fact]
    public async Task ShouldNameWhatThereIs_WhenUidOrStateIsUnknown()
    {
        SavepointReader reader = await SavepointReader.LoadAsync(
            _store,
            await StatefulJob.StopWithSavepointAsync(_store, new DiscardingSink<long>())
        );

        ArgumentException noUid = Assert.Throws<ArgumentException>(() => reader.ReadKeyedState<long, long>("counts", StatefulJob.Count));
        Assert.Contains("There is no operator 'counts'", noUid.Message, StringComparison.Ordinal);
        Assert.Contains("'count', 'daily', 'numbers', 'sessions'", noUid.Message, StringComparison.Ordinal);

        ArgumentException noState = Assert.Throws<ArgumentException>(() =>
            reader.ReadKeyedState<long, long>("count", new ValueStateDescriptor<long>("counter"))
        );
        Assert.Contains("'by rest', 'count', 'last', 'mean', 'recent', 'seen', 'sum'", noState.Message, StringComparison.Ordinal);

        StateMigrationException otherKeys = Assert.Throws<StateMigrationException>(() =>
            reader.ReadKeyedState<string, long>("count", StatefulJob.Count).Count()
        );
        Assert.Contains("its keys were written as 'int64'", otherKeys.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldNameTheObject_WhenAPartIsDamagedOrMissing()
    {
        string path = await StatefulJob.StopWithSavepointAsync(_store, new DiscardingSink<long>());
        CheckpointManifest manifest = (await SavepointReader.LoadAsync(_store, path)).Checkpoint.Manifest;
        string part = manifest.PartNames(path).MaxBy(static name => name.Contains("/count-", StringComparison.Ordinal))!;
        byte[] bytes = (await _store.GetAsync(part, CancellationToken.None))!.Content.ToArray();
        bytes[bytes.Length / 2] ^= 1;
        await _store.PutAsync(part, new(bytes), PutCondition.None, CancellationToken.None);

        InvalidDataException damaged = await Assert.ThrowsAsync<InvalidDataException>(() => SavepointReader.LoadAsync(_store, path));
        Assert.Contains($"Checkpoint part '{part}' is damaged", damaged.Message, StringComparison.Ordinal);

        await _store.DeleteAsync(part, CancellationToken.None);
        InvalidDataException missing = await Assert.ThrowsAsync<InvalidDataException>(() => SavepointReader.LoadAsync(_store, path));
        Assert.Contains($"Checkpoint part '{part}' is missing", missing.Message, StringComparison.Ordinal);
    }

    private static void HasTheStateOfOneMoment(SavepointReader reader)
    {
        Dictionary<long, long> counts = new(reader.ReadKeyedState<long, long>("count", StatefulJob.Count));
        long numbers = counts.Values.Sum();
        Assert.InRange(numbers, StatefulJob.Keys / 10, long.MaxValue);
        long[] keys = [.. Enumerable.Range(0, StatefulJob.Keys).Select(static key => (long)key).Where(key => Count(key) > 0)];
        Assert.Equal(Expected(Count), counts);
        Assert.Equal(Expected(key => Visit.Of(Last(key)).Number), Read(StatefulJob.Last, static visit => visit.Number));
        Assert.All(reader.ReadKeyedState<long, Visit>("count", StatefulJob.Last), static each => IsVisit(each.Value));
        Assert.Equal(
            Expected(key => string.Join(' ', StatefulJob.NumbersOf(key, numbers).TakeLast(2))),
            reader
                .ReadKeyedState<long, long>("count", StatefulJob.Recent)
                .ToDictionary(static each => each.Key, static each => string.Join(' ', each.Value))
        );
        Assert.Equal(
            Expected(key => Rests(StatefulJob.NumbersOf(key, numbers).CountBy(StatefulJob.RestOf))),
            reader
                .ReadKeyedState<long, string, long>("count", StatefulJob.ByRest)
                .ToDictionary(
                    static each => each.Key,
                    static each => Rests(each.Value.Select(static e => KeyValuePair.Create(e.Key, (int)e.Value)))
                )
        );
        Assert.Equal(
            Expected(key => StatefulJob.NumbersOf(key, numbers).Sum()),
            new Dictionary<long, long>(reader.ReadKeyedState<long, long>("count", StatefulJob.Sum))
        );
        Assert.Equal(
            Expected(key => new Tally(Count(key), StatefulJob.NumbersOf(key, numbers).Sum())),
            new Dictionary<long, Tally>(reader.ReadKeyedState<long, long, Tally, double>("count", StatefulJob.Mean))
        );
        Assert.Equal(Expected(Last), Read(StatefulJob.Seen, static value => value));

        long Count(long key) => StatefulJob.CountOf(key, numbers);
        long Last(long key) => StatefulJob.LastOf(key, numbers);
        Dictionary<long, T> Expected<T>(Func<long, T> of) => keys.ToDictionary(static key => key, of);
        Dictionary<long, TResult> Read<T, TResult>(ValueStateDescriptor<T> state, Func<T, TResult> select) =>
            reader.ReadKeyedState<long, T>("count", state).ToDictionary(static each => each.Key, each => select(each.Value));
    }

    private static void IsVisit(Visit visit)
    {
        Visit expected = Visit.Of(visit.Number);
        Assert.Equal(expected with { Tags = [] }, visit with { Tags = [] });
        Assert.Equal(expected.Tags, visit.Tags);
    }

    private static string Rests(IEnumerable<KeyValuePair<string, int>> rests) =>
        string.Join(' ', rests.OrderBy(static each => each.Key, StringComparer.Ordinal));
}
