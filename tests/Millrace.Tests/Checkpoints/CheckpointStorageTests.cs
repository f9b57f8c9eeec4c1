using System.Buffers;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;
using Xunit;

namespace Millrace.Tests.Checkpoints;

public sealed partial class CheckpointStorageTests
{
    private const string Job = "orders";
    private static readonly KeyGroupRange All = new(0, 128);

    private readonly InMemoryObjectStore _store = new();

    [Fact]
    public async Task ShouldHaveNothingToRestore_WhenJobIsNew()
    {
        using CheckpointStorage storage = await AcquireAsync();
        Assert.Equal(1, storage.Epoch);
        Assert.Equal(0, storage.LastCheckpointId);
        Assert.Null(await storage.LoadLatestAsync(CancellationToken.None));
    }

    [Fact]
    public async Task ShouldRestoreTheLatest_WhenJobStartsAgain()
    {
        using (CheckpointStorage storage = await AcquireAsync())
        {
            await TakeAsync(storage, 1, value: 10);
            await TakeAsync(storage, 2, value: 20);
        }

        using CheckpointStorage next = await AcquireAsync();
        Assert.Equal(2, next.Epoch);
        Assert.Equal(2, next.LastCheckpointId);
        RestoredCheckpoint restored = Assert.IsType<RestoredCheckpoint>(await next.LoadLatestAsync(CancellationToken.None));
        Assert.Equal(2, restored.Manifest.CheckpointId);
        Assert.Equal([20, 21], ValuesOf(restored));
        Assert.Equal([20], ValuesOf(restored, new KeyGroupRange(0, 64)));
        Assert.Null(restored!.ReaderOf("unknown", All));
    }

    [Fact]
    public async Task ShouldTakeTheJobOver_WhenItsFirstAttemptFailedForAMoment()
    {
        using (CheckpointStorage earlier = await AcquireAsync())
        {
            await TakeAsync(earlier, 1, value: 10);
        }

        SwitchableStore store = new(_store) { LosesWrites = true };
        using CheckpointStorage storage = new(store, Job, retained: 2, TimeProvider.System, NullLogger.Instance);
        await Assert.ThrowsAsync<IOException>(() => storage.AcquireAsync(forgetCheckpoints: false, CancellationToken.None));
        Assert.Equal(0, storage.Epoch);

        store.LosesWrites = false;
        await storage.AcquireAsync(forgetCheckpoints: false, CancellationToken.None);
        Assert.Equal(2, storage.Epoch);
    }

    [Fact]
    public async Task ShouldFenceTheOldRun_WhenANewRunHasTakenOver()
    {
        using CheckpointStorage zombie = await AcquireAsync();
        await TakeAsync(zombie, 1, value: 10);
        using CheckpointStorage owner = await AcquireAsync();

        JobFencedException exception = await Assert.ThrowsAsync<JobFencedException>(() => TakeAsync(zombie, 2, value: 666));
        Assert.Contains("not owned by run 1", exception.Message, StringComparison.Ordinal);
        await TakeAsync(owner, 2, value: 20);
        await Assert.ThrowsAsync<JobFencedException>(() => TakeAsync(zombie, 3, value: 667));

        using CheckpointStorage next = await AcquireAsync();
        Assert.Equal((int[])[20, 21], ValuesOf((await next.LoadLatestAsync(CancellationToken.None))));
        await TakeAsync(next, 3, value: 30);
        Assert.DoesNotContain(await NamesAsync(), name => name.Contains("-000001/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ShouldLeaveTheNewRunsObjects_WhenTheZombieIsStillCleaningUp()
    {
        // The zombie has swapped the pointer but not yet cleaned up when the new run begins its first checkpoint.
        using CheckpointStorage owner = await AcquireAsync();
        await owner.AcquireAsync(forgetCheckpoints: false, CancellationToken.None);
        CheckpointLocation begun = owner.Locate(1, CheckpointKind.Checkpoint);
        await WritePartsAsync(owner, begun, 10);
        using CheckpointStorage zombie = await AcquireAsync(new PastPointerStore(_store));
        Assert.Equal(1, zombie.Epoch);
        await TakeAsync(zombie, 1, value: 1);
        Assert.Contains($"{begun.Folder}/{begun.PartName("keyed", 0)}", await NamesAsync());
    }

    [Fact]
    public async Task ShouldKeepOnlyTheLastCheckpointsAndAllSavepoints_WhenManyAreTaken()
    {
        using CheckpointStorage storage = await AcquireAsync(retained: 2);
        for (int id = 1; id <= 6; id++)
        {
            await TakeAsync(storage, id, value: id, id is 2 or 5 ? CheckpointKind.Savepoint : CheckpointKind.Checkpoint);
        }

        Assert.Equal([6, 5, 4], storage.Completed.Select(completed => completed.CheckpointId));
        Assert.Equal(
            [6, 5, 4, 2],
            (await CheckpointCatalog.ListAsync(_store, Job, CancellationToken.None)).Select(completed => completed.CheckpointId)
        );
        string[] folders =
        [
            .. (await NamesAsync())
                .Where(name => name.Contains("/parts", StringComparison.Ordinal))
                .Select(name => name.Split('/')[2] + "/" + name.Split('/')[3])
                .Distinct(),
        ];
        Assert.Equal(
            [
                "checkpoints/000000000004-000001",
                "checkpoints/000000000006-000001",
                "savepoints/000000000002-000001",
                "savepoints/000000000005-000001",
            ],
            folders
        );

        RestoredCheckpoint savepoint = await storage.LoadAsync(
            "jobs/orders/savepoints/000000000002-000001/manifest.json",
            CancellationToken.None
        );
        Assert.Equal([2, 3], ValuesOf(savepoint));
    }

    [Fact]
    public async Task ShouldRestoreASavepointAndNotOverwriteIt_WhenItHasAName()
    {
        using CheckpointStorage storage = await AcquireAsync();
        CheckpointLocation location = storage.Locate(1, CheckpointKind.Savepoint, "before-upgrade");
        await CompleteAsync(storage, location, await WritePartsAsync(storage, location, 7));
        CheckpointLocation again = storage.Locate(2, CheckpointKind.Savepoint, "before-upgrade");
        IReadOnlyList<CheckpointStage> stages = await WritePartsAsync(storage, again, 8);
        InvalidOperationException exception = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            CompleteAsync(storage, again, stages)
        );
        Assert.Contains("'jobs/orders/savepoints/before-upgrade'", exception.Message, StringComparison.Ordinal);
        await storage.AbortAsync(again, CancellationToken.None);
        Assert.Equal(
            (int[])[7, 8],
            ValuesOf(await CheckpointLoader.LoadAsync(_store, "jobs/orders/savepoints/before-upgrade/", CancellationToken.None))
        );
    }

    [Fact]
    public async Task ShouldForgetCheckpointsButDeleteThemLater_WhenTheRunStartsAnew()
    {
        using CheckpointStorage first = await AcquireAsync();
        CompletedCheckpoint old = await TakeAsync(first, 1, value: 10);
        using CheckpointStorage anew = await AcquireAsync(forget: true);
        Assert.Null(await anew.LoadLatestAsync(CancellationToken.None));
        Assert.Equal((int[])[10, 11], ValuesOf(await anew.LoadAsync(old.Folder, CancellationToken.None)));
        Assert.Equal(1, anew.LastCheckpointId);
        await TakeAsync(anew, 2, value: 20);
        await Assert.ThrowsAsync<InvalidDataException>(() => anew.LoadAsync(old.Folder, CancellationToken.None));
    }

    [Fact]
    public async Task ShouldRefuseAnEarlierAttemptsCheckpoint_WhenALaterAttemptHasBegun()
    {
        using CheckpointStorage storage = await AcquireAsync();
        CheckpointLocation stale = storage.Locate(1, CheckpointKind.Checkpoint);
        IReadOnlyList<CheckpointStage> stages = await WritePartsAsync(storage, stale, 1);
        await storage.AcquireAsync(forgetCheckpoints: false, CancellationToken.None);
        await Assert.ThrowsAsync<InvalidOperationException>(() => CompleteAsync(storage, stale, stages));
        Assert.Null(await storage.LoadLatestAsync(CancellationToken.None));
    }

    [Fact]
    public async Task ShouldBeFencedForGood_WhenItTriesToAcquireAgain()
    {
        using CheckpointStorage zombie = await AcquireAsync();
        using CheckpointStorage owner = await AcquireAsync();
        await Assert.ThrowsAsync<JobFencedException>(() => zombie.AcquireAsync(forgetCheckpoints: false, CancellationToken.None));
        await owner.AcquireAsync(forgetCheckpoints: false, CancellationToken.None);
    }

    [Fact]
    public async Task ShouldKnowItsOwnPointer_WhenTheReplyOfTheAcquisitionWasLost()
    {
        SwitchableStore store = new(_store);
        using CheckpointStorage storage = await AcquireAsync(store);
        store.LosesReplies = true;
        await Assert.ThrowsAsync<IOException>(() => storage.AcquireAsync(forgetCheckpoints: false, CancellationToken.None));
        store.LosesReplies = false;
        await storage.AcquireAsync(forgetCheckpoints: false, CancellationToken.None);
        Assert.Equal(3, storage.Epoch);
    }

    [Fact]
    public async Task ShouldKeepSavepointsOnly_WhenTheJobHasFinished()
    {
        using CheckpointStorage storage = await AcquireAsync();
        await TakeAsync(storage, 1, value: 1, CheckpointKind.Savepoint);
        await TakeAsync(storage, 2, value: 2);
        await storage.DeleteCheckpointsAsync(CancellationToken.None);
        Assert.Null(await storage.LoadLatestAsync(CancellationToken.None));
        Assert.DoesNotContain(await NamesAsync(), name => name.Contains("/checkpoints/", StringComparison.Ordinal));
        Assert.Equal(1, Assert.Single(await CheckpointCatalog.ListAsync(_store, Job, CancellationToken.None)).CheckpointId);
    }

    [Theory]
    [InlineData("parts/keyed-1", "damaged")]
    [InlineData("parts/keyed-0", "missing")]
    [InlineData("manifest.json", "cut")]
    [InlineData("manifest.json", "missing")]
    [InlineData("parts/source-0", "cut")]
    public async Task ShouldFallBackAndSayWhatIsDamaged_WhenTheLatestIsDamaged(string part, string how)
    {
        using CheckpointStorage storage = await AcquireAsync();
        await TakeAsync(storage, 1, value: 10);
        CompletedCheckpoint latest = await TakeAsync(storage, 2, value: 20);
        await DamageAsync($"{latest.Folder}/{part}", how);

        ListLogger log = new();
        using CheckpointStorage next = await AcquireAsync(logger: log);
        RestoredCheckpoint restored = (await next.LoadLatestAsync(CancellationToken.None))!;
        Assert.Equal([10, 11], ValuesOf(restored));
        Assert.Equal(2, next.LastCheckpointId);
        Exception warning = Assert.Single(log.Warnings);
        Assert.Contains($"{latest.Folder}/{part}", warning.Message, StringComparison.Ordinal);
        InvalidDataException direct = await Assert.ThrowsAsync<InvalidDataException>(() =>
            next.LoadAsync(latest.Folder, CancellationToken.None)
        );
        Assert.Equal(warning.Message, direct.Message);
    }

    [Fact]
    public async Task ShouldRefuseToStartAnew_WhenAllCheckpointsAreDamaged()
    {
        using CheckpointStorage storage = await AcquireAsync();
        CompletedCheckpoint only = await TakeAsync(storage, 1, value: 10);
        await DamageAsync($"{only.Folder}/parts/keyed-0", "damaged");
        InvalidDataException exception = await Assert.ThrowsAsync<InvalidDataException>(() =>
            storage.LoadLatestAsync(CancellationToken.None)
        );
        Assert.Contains("None of the 1 checkpoints of job 'orders'", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ShouldRestoreOldOrNew_WhenProcessDiesAtAnyCall(bool lastIsCarriedOut)
    {
        for (int calls = 0; ; calls++)
        {
            InMemoryObjectStore store = new();
            using (CheckpointStorage first = await AcquireAsync(store, retained: 1))
            {
                await TakeAsync(first, 1, value: 10);
            }

            StoppingObjectStore stopping = new(store, calls, lastIsCarriedOut);
            try
            {
                using CheckpointStorage dying = await AcquireAsync(stopping, retained: 1);
                await TakeAsync(dying, 2, value: 20);
            }
            catch (IOException)
            {
                // Died.
            }

            using CheckpointStorage next = await AcquireAsync(store, retained: 1);
            RestoredCheckpoint restored = (await next.LoadLatestAsync(CancellationToken.None))!;
            int value = restored.Manifest.CheckpointId == 1 ? 10 : 20;
            Assert.Equal([value, value + 1], ValuesOf(restored));
            Assert.True(stopping.HasStopped || value == 20);
            await TakeAsync(next, 3, value: 30);
            Assert.Equal(5, (await NamesAsync(store)).Count);
            if (!stopping.HasStopped)
            {
                return;
            }
        }
    }

    [Fact]
    public async Task ShouldGoOn_WhenThePointersSwapWasInDoubt()
    {
        SwitchableStore stopping = new(_store);
        using CheckpointStorage storage = await AcquireAsync(stopping);
        await TakeAsync(storage, 1, value: 10);
        stopping.LosesReplies = true;
        await Assert.ThrowsAsync<IOException>(() => TakeAsync(storage, 2, value: 20));
        stopping.LosesReplies = false;
        await TakeAsync(storage, 3, value: 30);
        Assert.Equal([3, 2], storage.Completed.Select(completed => completed.CheckpointId));
        Assert.Equal((int[])[30, 31], ValuesOf((await storage.LoadLatestAsync(CancellationToken.None))));
    }

    [Fact]
    public async Task ShouldDeleteWhatWasStored_WhenCheckpointIsAborted()
    {
        using CheckpointStorage storage = await AcquireAsync();
        CheckpointLocation location = storage.Locate(1, CheckpointKind.Checkpoint);
        await WritePartsAsync(storage, location, 1);
        await storage.AbortAsync(location, CancellationToken.None);
        Assert.Equal(["jobs/orders/latest"], await NamesAsync());
    }

    [Fact]
    public async Task ShouldRefuseToComplete_WhenAPartIsMissingOrTheNumberIsOld()
    {
        using CheckpointStorage storage = await AcquireAsync();
        CheckpointLocation location = storage.Locate(1, CheckpointKind.Checkpoint);
        IReadOnlyList<CheckpointStage> stages = await WritePartsAsync(storage, location, 1);
        CheckpointStage incomplete = stages[1] with { Parts = [stages[1].Parts[0]] };
        await Assert.ThrowsAsync<ArgumentException>(() => CompleteAsync(storage, location, [stages[0], incomplete]));
        await CompleteAsync(storage, location, stages);
        Assert.Throws<ArgumentOutOfRangeException>(() => storage.Locate(1, CheckpointKind.Checkpoint));
    }

    [Fact]
    public async Task ShouldWriteThisManifestAndPointer_WhenFormatIsVersion1()
    {
        using CheckpointStorage storage = new(_store, Job, 2, new FixedTime(), NullLogger.Instance);
        await storage.AcquireAsync(forgetCheckpoints: false, CancellationToken.None);
        CheckpointLocation location = storage.Locate(12, CheckpointKind.Checkpoint);
        await CompleteAsync(
            storage,
            location,
            [
                new CheckpointStage(
                    "source",
                    1,
                    ["src"],
                    [new CheckpointPart(0, "parts/source-0", 42, "00000000000000ff", HasOperatorState: true)]
                ),
            ]
        );

        Assert.Equal(
            """
            {
              "formatVersion": 1,
              "job": "orders",
              "checkpointId": 12,
              "epoch": 1,
              "kind": "Checkpoint",
              "timestamp": "2030-01-02T03:04:05+00:00",
              "maxParallelism": 128,
              "stages": [
                {
                  "uid": "source",
                  "parallelism": 1,
                  "operators": [
                    "src"
                  ],
                  "parts": [
                    {
                      "task": 0,
                      "name": "parts/source-0",
                      "size": 42,
                      "checksum": "00000000000000ff",
                      "hasOperatorState": true
                    }
                  ]
                }
              ],
              "checksum": "5752c28f58d14bf7"
            }
            """,
            await TextAsync("jobs/orders/checkpoints/000000000012-000001/manifest.json")
        );
        Assert.Equal(
            """
            {
              "formatVersion": 1,
              "epoch": 1,
              "owner": "OWNER",
              "lastCheckpointId": 12,
              "completed": [
                {
                  "checkpointId": 12,
                  "kind": "Checkpoint",
                  "timestamp": "2030-01-02T03:04:05+00:00",
                  "size": 42,
                  "folder": "jobs/orders/checkpoints/000000000012-000001"
                }
              ],
              "checksum": "SUM"
            }
            """,
            Masked(Masked(await TextAsync("jobs/orders/latest"), "[0-9a-f]{32}", "OWNER"), "(?<=checksum.: .)[0-9a-f]{16}", "SUM")
        );
    }

    private static string Masked(string text, string pattern, string name) =>
        System.Text.RegularExpressions.Regex.Replace(
            text,
            pattern,
            name,
            System.Text.RegularExpressions.RegexOptions.None,
            TimeSpan.FromSeconds(1)
        );

    private static int[] ValuesOf(RestoredCheckpoint? restored, KeyGroupRange? range = null) =>
        [
            .. restored!
                .ReaderOf("sum", range ?? All)!
                .KeyGroupSections("value")
                .Select(section => new DataReader(section.Data.Span).ReadInt32()),
        ];

    private static async Task<CompletedCheckpoint> TakeAsync(
        CheckpointStorage storage,
        long id,
        int value,
        CheckpointKind kind = CheckpointKind.Checkpoint
    )
    {
        CheckpointLocation location = storage.Locate(id, kind);
        return await CompleteAsync(storage, location, await WritePartsAsync(storage, location, value));
    }

    private static Task<CompletedCheckpoint> CompleteAsync(
        CheckpointStorage storage,
        CheckpointLocation location,
        IReadOnlyList<CheckpointStage> stages
    ) => storage.CompleteAsync(location, 128, stages, CancellationToken.None);

    private static async Task<IReadOnlyList<CheckpointStage>> WritePartsAsync(
        CheckpointStorage storage,
        CheckpointLocation location,
        int value
    )
    {
        CheckpointPart source = await PartAsync("source", 0, writer => writer.Operator("src").Section("splits").WriteInt32(value));
        CheckpointPart[] keyed =
        [
            await PartAsync("keyed", 0, writer => writer.Operator("sum").KeyGroupSection("value", 5).WriteInt32(value)),
            await PartAsync("keyed", 1, writer => writer.Operator("sum").KeyGroupSection("value", 100).WriteInt32(value + 1)),
        ];
        return [new CheckpointStage("source", 1, ["src"], [source]), new CheckpointStage("keyed", 2, ["sum"], keyed)];

        async Task<CheckpointPart> PartAsync(string stage, int task, Action<TaskSnapshotWriter> write)
        {
            using TaskSnapshotWriter writer = new();
            write(writer);
            using TaskSnapshot snapshot = writer.Complete();
            return Assert.Single(await storage.WritePartAsync(location, stage, task, snapshot, CancellationToken.None));
        }
    }

    private async Task<CheckpointStorage> AcquireAsync(
        IObjectStore? store = null,
        int retained = 2,
        ILogger? logger = null,
        bool forget = false
    )
    {
        CheckpointStorage storage = new(store ?? _store, Job, retained, TimeProvider.System, logger ?? NullLogger.Instance);
        await storage.AcquireAsync(forget, CancellationToken.None);
        return storage;
    }

    private async Task<List<string>> NamesAsync(IObjectStore? store = null) =>
        await (store ?? _store).ListAsync("", CancellationToken.None).ToListAsync();

    private async Task<string> TextAsync(string name) =>
        Encoding.UTF8.GetString((await _store.GetAsync(name, CancellationToken.None))!.Content.Span);

    private async Task DamageAsync(string name, string how)
    {
        byte[] content = (await _store.GetAsync(name, CancellationToken.None))!.Content.ToArray();
        content[content.Length / 2] ^= 1;
        await (
            how switch
            {
                "missing" => _store.DeleteAsync(name, CancellationToken.None),
                "cut" => _store.PutAsync(
                    name,
                    new ReadOnlySequence<byte>(content, 0, content.Length / 2),
                    PutCondition.None,
                    CancellationToken.None
                ),
                _ => _store.PutAsync(name, new ReadOnlySequence<byte>(content), PutCondition.None, CancellationToken.None),
            }
        );
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
    }
}
