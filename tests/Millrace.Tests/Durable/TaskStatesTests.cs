using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Checkpoints;
using Millrace.Durable.Hosting;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Testing;
using Xunit;

namespace Millrace.Tests.Durable;

public sealed class TaskStatesTests
{
    private const string Folder = "jobs/j/functions/1/state/s/0/";
    private static readonly byte[] Large = new byte[100];
    private readonly InMemoryObjectStore _store = new();
    private readonly ManualTimeProvider _time = new();
    private readonly TaskStates _states;

    public TaskStatesTests() => _states = New();

    [Fact]
    public async Task ShouldDeleteABlob_WhenItsStateWasNeverSavedAndNoBatchCanBeLeft()
    {
        TaskState saved = await StoreAsync(null);

        // A crash between the blob and the state; the batch runs again, from the same state.
        _time.Advance(TimeSpan.FromSeconds(1));
        TaskState lost = await StoreAsync(saved);
        _time.Advance(TimeSpan.FromSeconds(1));
        TaskState next = await StoreAsync(saved);
        _time.Advance(TaskStates.OrphanAge + TimeSpan.FromSeconds(1));
        await CollectAsync(next);

        Assert.Equal([saved.Blob!, next.Blob!], await ListAsync());
        Assert.DoesNotContain(lost.Blob!, await ListAsync());
        Assert.Equal(Large, (await _states.LoadAsync(next, CancellationToken.None)).ToArray());
    }

    [Fact]
    public async Task ShouldKeepABlob_WhenItsBatchMayStillBeSaved()
    {
        TaskState saved = await StoreAsync(null);
        TaskState underWay = await StoreAsync(saved);
        _time.Advance(TaskStates.OrphanAge - TimeSpan.FromSeconds(1));
        await CollectAsync(saved);

        Assert.Contains(underWay.Blob!, await ListAsync());
    }

    [Fact]
    public async Task ShouldKeepWhatOthersSaved_WhenABatchStoodStillForLong()
    {
        TaskState saved = await StoreAsync(null);
        DateTimeOffset start = _time.GetUtcNow();

        // Paused past its lease: another process has saved a state since, and that one is old by now too.
        _time.Advance(TimeSpan.FromMinutes(1));
        TaskState others = await StoreAsync(saved);
        _time.Advance(TaskStates.OrphanAge * 3);
        await _states.CollectOrphansAsync(saved, Folder, start, CancellationToken.None);

        Assert.Contains(others.Blob!, await ListAsync());
    }

    [Fact]
    public async Task ShouldLookOnceInAWhile_WhenBatchesFollowEachOther()
    {
        TaskState saved = await StoreAsync(null);
        await CollectAsync(saved);
        TaskState lost = await StoreAsync(saved);
        _time.Advance(TimeSpan.FromMinutes(1));
        await _states.CollectOrphansAsync(saved, Folder, _time.GetUtcNow() + TaskStates.OrphanAge, CancellationToken.None);
        Assert.Contains(lost.Blob!, await ListAsync());

        // Another process has not looked yet.
        await New().CollectOrphansAsync(saved, Folder, _time.GetUtcNow() + TaskStates.OrphanAge, CancellationToken.None);
        Assert.Equal([saved.Blob!], await ListAsync());
    }

    [Fact]
    public async Task ShouldLeaveWhatItDoesNotKnow_WhenANameSaysNoAge()
    {
        await _store.PutAsync(Folder + "0123456789abcdef", default, PutCondition.None, CancellationToken.None);
        _time.Advance(TaskStates.OrphanAge * 2);
        await CollectAsync(null);

        Assert.Single(await ListAsync());
    }

    private TaskStates New() => new(_store, maxBytes: 10, new DurableServices(_time, NullLoggerFactory.Instance, CancellationToken.None));

    private async Task<TaskState> StoreAsync(TaskState? before) =>
        (await _states.SpillAsync(_states.Follow(before, Large, LogicParts.None), Folder, CancellationToken.None)).State;

    private Task CollectAsync(TaskState? durable) =>
        _states.CollectOrphansAsync(durable, Folder, _time.GetUtcNow(), CancellationToken.None);

    private async Task<List<string>> ListAsync()
    {
        List<string> names = [];
        await foreach (string name in _store.ListAsync(Folder, CancellationToken.None))
        {
            names.Add(name);
        }

        return names;
    }
}
