using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Checkpoints;
using Millrace.Durable.Hosting;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Serialization;
using Millrace.State;
using Xunit;

namespace Millrace.Tests.Checkpoints;

/// <summary>
/// Every byte of every object of a checkpoint, changed: the right state, or the one before with a reason; never another one, never an
/// exception that nobody expects.
/// </summary>
public sealed class DamageTests
{
    private const string Job = "orders";
    private const string Pointer = "jobs/orders/latest";

    [Theory]
    [InlineData("manifest.json", true)]
    [InlineData("manifest.json", false)]
    [InlineData("parts/source-0", true)]
    [InlineData("parts/keyed-0", false)]
    public async Task ShouldRestoreItOrFallBackWithAReason_WhenAnyByteIsFlipped(string name, bool hasChecksum)
    {
        (InMemoryObjectStore store, CompletedCheckpoint latest) = await WriteAsync(hasChecksum);
        string damaged = $"{latest.Folder}/{name}";
        byte[] content = await BytesAsync(store, damaged);
        (string right, string before) = (
            await StateAsync(store, latest.Folder),
            await StateAsync(store, latest.Folder.Replace("2-", "1-", StringComparison.Ordinal))
        );
        byte[] pointer = await BytesAsync(store, Pointer);
        int fallbacks = 0;
        foreach (byte[] flipped in Flips(content))
        {
            await PutAsync(store, Pointer, pointer);
            await PutAsync(store, damaged, flipped);
            ListLogger log = new();
            using CheckpointStorage storage = new(store, Job, 2, TimeProvider.System, log);
            await storage.AcquireAsync(forgetCheckpoints: false, CancellationToken.None);
            RestoredCheckpoint restored = (await storage.LoadLatestAsync(CancellationToken.None))!;
            if (log.Warnings.Count > 0)
            {
                fallbacks++;
                Assert.Contains(damaged[..damaged.LastIndexOf('/')], Assert.Single(log.Warnings).Message, StringComparison.Ordinal);
                Assert.Equal(before, StateOf(restored));
            }
            else if (hasChecksum || name != "manifest.json")
            {
                Assert.Equal(right, StateOf(restored));
            }
        }

        Assert.InRange(fallbacks, hasChecksum || name != "manifest.json" ? content.Length : 1, content.Length * 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ShouldRestoreItOrRefuseWithAReason_WhenAnyByteOfThePointerIsFlipped(bool hasChecksum)
    {
        (InMemoryObjectStore store, CompletedCheckpoint latest) = await WriteAsync(hasChecksum);
        byte[] content = await BytesAsync(store, Pointer);
        string right = await StateAsync(store, latest.Folder);
        int refused = 0;
        foreach (byte[] flipped in Flips(content))
        {
            await PutAsync(store, Pointer, flipped);
            using CheckpointStorage storage = new(store, Job, 2, TimeProvider.System, NullLogger.Instance);
            try
            {
                await storage.AcquireAsync(forgetCheckpoints: false, CancellationToken.None);
                RestoredCheckpoint? restored = await storage.LoadLatestAsync(CancellationToken.None);
                Assert.True(!hasChecksum || StateOf(restored!) == right);
            }
            catch (InvalidDataException exception)
            {
                refused++;
                Assert.Contains(Job, exception.Message, StringComparison.Ordinal);
            }
        }

        Assert.InRange(refused, hasChecksum ? content.Length : 1, content.Length * 2);
    }

    [Fact]
    public async Task ShouldReadItOrSayWhatIsDamaged_WhenAnyByteOfTheFunctionAppsObjectsIsFlipped()
    {
        InMemoryObjectStore store = new();
        DurableLedgers ledgers = new(new ObjectLedgerStore(store), Services);
        LedgerState ledger = LedgerState.Initial(42).TakenOver();
        await ledgers.WriteAsync("ledger", ledger, etag: null, CancellationToken.None);
        DurableControl control = new(
            DurableControl.CurrentVersion,
            3,
            3,
            null,
            IsSuspended: false,
            128,
            new Dictionary<string, int> { ["count"] = 4 }
        );
        await store.PutAsync("control", DurableControlJson.Write(control), PutCondition.None, CancellationToken.None);

        foreach (byte[] flipped in Flips(await BytesAsync(store, "ledger")))
        {
            await PutAsync(store, "ledger", flipped);
            Exception exception = await Assert.ThrowsAnyAsync<Exception>(() => ledgers.ReadAsync("ledger", CancellationToken.None));
            Assert.True(exception is InvalidDataException, exception.ToString());
        }

        foreach (byte[] flipped in Flips(await BytesAsync(store, "control")))
        {
            try
            {
                Assert.Equal(
                    JsonSerializer.Serialize(control),
                    JsonSerializer.Serialize(DurableControlJson.Read(new StoredObject(flipped, "etag"), "control"))
                );
            }
            catch (InvalidDataException exception)
            {
                Assert.Contains("'control'", exception.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task ShouldReadObjectsOfTheFunctionApp_WhenTheyWereWrittenWithoutChecksum()
    {
        InMemoryObjectStore store = new();
        await PutAsync(store, "ledger", LedgerCodec.Encode(LedgerState.Initial(42)));

        Assert.Equal(
            42,
            (await new DurableLedgers(new ObjectLedgerStore(store), Services).ReadAsync("ledger", CancellationToken.None)).State!.Next
        );
    }

    private static DurableServices Services => new(TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);

    private static IEnumerable<byte[]> Flips(byte[] content)
    {
        foreach (byte bits in (byte[])[0x01, 0x20])
        {
            for (int i = 0; i < content.Length; i++)
            {
                byte[] flipped = [.. content];
                flipped[i] ^= bits;
                yield return flipped;
            }
        }
    }

    private static async Task<(InMemoryObjectStore Store, CompletedCheckpoint Latest)> WriteAsync(bool hasChecksum)
    {
        InMemoryObjectStore store = new();
        using CheckpointStorage storage = new(store, Job, 2, TimeProvider.System, NullLogger.Instance);
        await storage.AcquireAsync(forgetCheckpoints: false, CancellationToken.None);
        await TakeAsync(storage, 1);
        CompletedCheckpoint latest = await TakeAsync(storage, 2);
        foreach (string name in hasChecksum ? [] : (string[])[$"{latest.Folder}/manifest.json", Pointer])
        {
            await PutAsync(store, name, WithoutChecksum(await BytesAsync(store, name)));
        }

        return (store, latest);
    }

    // As they were before there were checksums.
    private static byte[] WithoutChecksum(byte[] json)
    {
        int begin = json.AsSpan().LastIndexOf(",\n  \"checksum\""u8);
        return [.. json.AsSpan(0, begin), .. "\n}"u8];
    }

    private static async Task<CompletedCheckpoint> TakeAsync(CheckpointStorage storage, int id)
    {
        CheckpointLocation location = storage.Locate(id, CheckpointKind.Checkpoint);
        CheckpointPart source = await PartAsync("source", writer => writer.Operator("src").Section("splits").WriteInt32(id));
        CheckpointPart keyed = await PartAsync("keyed", writer => writer.Operator("sum").KeyGroupSection("value", 5).WriteInt32(id));
        return await storage.CompleteAsync(
            location,
            128,
            [new CheckpointStage("source", 1, ["src"], [source]), new CheckpointStage("keyed", 1, ["sum"], [keyed])],
            CancellationToken.None
        );

        async Task<CheckpointPart> PartAsync(string stage, Action<TaskSnapshotWriter> write)
        {
            using TaskSnapshotWriter writer = new();
            write(writer);
            using TaskSnapshot snapshot = writer.Complete();
            return Assert.Single(await storage.WritePartAsync(location, stage, 0, snapshot, CancellationToken.None));
        }
    }

    private static async Task<string> StateAsync(InMemoryObjectStore store, string folder) =>
        StateOf(await CheckpointLoader.LoadAsync(store, folder, CancellationToken.None));

    private static string StateOf(RestoredCheckpoint restored) =>
        JsonSerializer.Serialize(restored.Manifest)
        + string.Join(
            ',',
            restored
                .ReaderOf("sum", new KeyGroupRange(0, 128))!
                .KeyGroupSections("value")
                .Select(section => new DataReader(section.Data.Span).ReadInt32())
        )
        + string.Join(
            ',',
            restored
                .ReaderOf("src", new KeyGroupRange(0, 128))!
                .Sections("splits")
                .Select(section => new DataReader(section.Span).ReadInt32())
        );

    private static async Task<byte[]> BytesAsync(InMemoryObjectStore store, string name) =>
        (await store.GetAsync(name, CancellationToken.None))!.Content.ToArray();

    private static Task PutAsync(InMemoryObjectStore store, string name, byte[] content) =>
        store.PutAsync(name, new ReadOnlySequence<byte>(content), PutCondition.None, CancellationToken.None);
}
