using System.Buffers;
using System.Text;
using Millrace.Checkpoints;
using Xunit;

namespace Millrace.Tests.Checkpoints;

/// <summary>A pointer that is missing, damaged, or no file.</summary>
public sealed partial class CheckpointStorageTests
{
    [Theory]
    [InlineData("""{"formatVersion":2}""", "has format version 2")]
    [InlineData("""{"formatVersion":1}""", "damaged")]
    [InlineData("""[]""", "damaged")]
    [InlineData("""{"formatVersion":1,"epoch":1,""", "damaged")]
    public async Task ShouldRefuseThePointer_WhenItIsDamagedOrNewer(string json, string expected)
    {
        await _store.PutAsync(
            "jobs/orders/latest",
            new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(json)),
            PutCondition.None,
            CancellationToken.None
        );
        InvalidDataException exception = await Assert.ThrowsAsync<InvalidDataException>(() => AcquireAsync());
        Assert.Contains("jobs/orders/latest", exception.Message, StringComparison.Ordinal);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldTakeTheJobOver_WhenTheRunBeforeCompletesACheckpointMeanwhile()
    {
        using CheckpointStorage earlier = await AcquireAsync();
        await TakeAsync(earlier, 1, value: 10);
        SwitchableStore store = new(_store);
        store.BeforeWrites.Enqueue(() => TakeAsync(earlier, 2, value: 20));
        store.BeforeWrites.Enqueue(() => TakeAsync(earlier, 3, value: 30));

        using CheckpointStorage owner = await AcquireAsync(store);

        Assert.Equal(2, owner.Epoch);
        Assert.Equal((int[])[30, 31], ValuesOf(await owner.LoadLatestAsync(CancellationToken.None)));
        await Assert.ThrowsAsync<JobFencedException>(() => TakeAsync(earlier, 4, value: 40));
    }

    [Fact]
    public async Task ShouldGiveUp_WhenOtherRunsTakeTheJobAgainAndAgain()
    {
        SwitchableStore store = new(_store);
        for (int i = 0; i < 10; i++)
        {
            store.BeforeWrites.Enqueue(async () => (await AcquireAsync()).Dispose());
        }

        await Assert.ThrowsAsync<JobFencedException>(() => AcquireAsync(store));
        Assert.Empty(store.BeforeWrites);
    }

    [Fact]
    public async Task ShouldSayWhatToDo_WhenPointerIsDamaged()
    {
        await _store.PutAsync(
            $"jobs/{Job}/latest",
            new ReadOnlySequence<byte>("{bad"u8.ToArray()),
            PutCondition.None,
            CancellationToken.None
        );

        InvalidDataException damaged = await Assert.ThrowsAsync<InvalidDataException>(() => AcquireAsync());

        Assert.Contains("'jobs/orders/latest' (4 bytes) is damaged", damaged.Message, StringComparison.Ordinal);
        Assert.Contains("or start from a savepoint", damaged.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldReplaceTheDamagedPointer_WhenTheRunStartsAnewOrFromASavepoint()
    {
        using CheckpointStorage zombie = await AcquireAsync();
        CompletedCheckpoint old = await TakeAsync(zombie, 7, value: 70);
        await _store.PutAsync(
            $"jobs/{Job}/latest",
            new ReadOnlySequence<byte>("{bad"u8.ToArray()),
            PutCondition.None,
            CancellationToken.None
        );

        using CheckpointStorage storage = await AcquireAsync(forget: true);
        RestoredCheckpoint restored = await storage.LoadAsync(old.Folder, CancellationToken.None);

        Assert.Equal([70, 71], ValuesOf(restored));
        Assert.Equal(7, storage.LastCheckpointId);
        Assert.InRange(storage.Epoch, zombie.Epoch + 1000, long.MaxValue);
        await Assert.ThrowsAnyAsync<Exception>(() => TakeAsync(zombie, 8, value: 0));
        await TakeAsync(storage, 8, value: 80);
        using CheckpointStorage next = await AcquireAsync();
        RestoredCheckpoint latest = Assert.IsType<RestoredCheckpoint>(await next.LoadLatestAsync(CancellationToken.None));
        Assert.Equal([80, 81], ValuesOf(latest));
    }

    [Fact]
    public async Task ShouldLeaveThePointer_WhenALaterVersionWroteIt()
    {
        await _store.PutAsync(
            $"jobs/{Job}/latest",
            new ReadOnlySequence<byte>("{ \"formatVersion\": 99 }"u8.ToArray()),
            PutCondition.None,
            CancellationToken.None
        );

        InvalidDataException refused = await Assert.ThrowsAsync<InvalidDataException>(() => AcquireAsync(forget: true));

        Assert.Contains("format version 99", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldRefuseToStart_WhenThePointerOfCompleteCheckpointsIsMissing()
    {
        using CheckpointStorage storage = await AcquireAsync();
        await TakeAsync(storage, 1, value: 10);
        CompletedCheckpoint newest = await TakeAsync(storage, 2, value: 20);
        await _store.DeleteAsync("jobs/orders/latest", CancellationToken.None);

        InvalidDataException refused = await Assert.ThrowsAsync<InvalidDataException>(() => AcquireAsync());

        Assert.Contains("Job 'orders'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'jobs/orders/latest' is missing", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"--restore {newest.Folder} ", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("jobs/orders/latest", await NamesAsync());
    }

    [Fact]
    public async Task ShouldNameTheSavepoint_WhenItIsNewerThanTheCheckpointsOfAMissingPointer()
    {
        using CheckpointStorage storage = await AcquireAsync();
        await TakeAsync(storage, 1, value: 10);
        CheckpointLocation named = storage.Locate(2, CheckpointKind.Savepoint, "last");
        await CompleteAsync(storage, named, await WritePartsAsync(storage, named, 20));
        await _store.DeleteAsync("jobs/orders/latest", CancellationToken.None);

        InvalidDataException refused = await Assert.ThrowsAsync<InvalidDataException>(() => AcquireAsync());

        Assert.Contains("--restore jobs/orders/savepoints/last ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldUseNumbersOfItsOwn_WhenThePointerIsMissingAndTheRunStartsAnewOrFromACheckpoint()
    {
        using CheckpointStorage zombie = await AcquireAsync();
        CompletedCheckpoint old = await TakeAsync(zombie, 7, value: 70);
        await _store.DeleteAsync("jobs/orders/latest", CancellationToken.None);

        using CheckpointStorage storage = await AcquireAsync(forget: true);

        Assert.Equal((int[])[70, 71], ValuesOf(await storage.LoadAsync(old.Folder, CancellationToken.None)));
        Assert.Equal(7, storage.LastCheckpointId);
        Assert.InRange(storage.Epoch, zombie.Epoch + 1000, long.MaxValue);
        await Assert.ThrowsAsync<JobFencedException>(() => TakeAsync(zombie, 8, value: 0));
        await TakeAsync(storage, 8, value: 80);
        using CheckpointStorage next = await AcquireAsync();
        Assert.Equal((int[])[80, 81], ValuesOf(await next.LoadLatestAsync(CancellationToken.None)));
    }

    [Fact]
    public async Task ShouldStart_WhenNoCheckpointOfAMissingPointerWasCompleted()
    {
        using (CheckpointStorage killed = await AcquireAsync())
        {
            await WritePartsAsync(killed, killed.Locate(1, CheckpointKind.Checkpoint), 10);
        }

        await _store.DeleteAsync("jobs/orders/latest", CancellationToken.None);

        using CheckpointStorage storage = await AcquireAsync();
        Assert.Null(await storage.LoadLatestAsync(CancellationToken.None));
        await TakeAsync(storage, storage.LastCheckpointId + 1, value: 20);
    }

    [Fact]
    public async Task ShouldStartAgain_WhenTheJobHadFinished()
    {
        using (CheckpointStorage finished = await AcquireAsync())
        {
            await TakeAsync(finished, 1, value: 10);
            await finished.DeleteCheckpointsAsync(CancellationToken.None);
        }

        using CheckpointStorage storage = await AcquireAsync();
        Assert.Null(await storage.LoadLatestAsync(CancellationToken.None));
        Assert.Equal(2, storage.Epoch);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ShouldSayWhatToDo_WhenThePointerIsADirectory(bool forget)
    {
        DirectoryInfo root = Directory.CreateTempSubdirectory("millrace-");
        try
        {
            Directory.CreateDirectory(Path.Combine(root.FullName, "jobs", Job, "latest"));

            DirectoryObjectStore store = new(root.FullName);
            InvalidDataException refused = await Assert.ThrowsAsync<InvalidDataException>(() => AcquireAsync(store, forget: forget));

            Assert.Contains("'jobs/orders/latest' is the directory '", refused.Message, StringComparison.Ordinal);
            Assert.Contains("Remove it", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }
}
