using System.Globalization;
using Azure.Data.Tables;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Checkpoints;
using Millrace.Durable.Hosting;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Functions.Storage;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Functions.Tests.Storage;

/// <summary>Ledgers in a real table service.</summary>
public sealed class TableLedgerStoreTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    private const string Folder = "jobs/count/functions/1/ledgers/";
    private readonly string _container = Guid.NewGuid().ToString("n");

    private TableLedgerStore Store => new(new TableServiceClient(azurite.ConnectionString), _container);

    [AzuriteFact]
    public async Task ShouldReadWhatWasWritten_WhenItIsSmallOrLarge()
    {
        foreach (int size in (int[])[0, 1, 64 * 1024, (64 * 1024) + 1, 400_000])
        {
            byte[] content = new byte[size];
            new Random(size).NextBytes(content);
            string name = NameOf(size);
            string etag = Assert.Single(await Store.WriteAsync(Folder, [new LedgerWrite(name, content, ETag: null)], default));

            StoredObject? read = await Store.ReadAsync(name, default);

            Assert.Equal(etag, read!.ETag);
            Assert.Equal(content, read.Content.ToArray());
        }

        Assert.Equal(5, (await AllAsync(Store)).Count);
    }

    [AzuriteFact]
    public async Task ShouldHoldLessThanBefore_WhenALargeLedgerIsReplacedByASmallOne()
    {
        string[] etags = [.. await Store.WriteAsync(Folder, [new LedgerWrite(NameOf(1), new byte[200_000], ETag: null)], default)];

        await Store.WriteAsync(Folder, [new LedgerWrite(NameOf(1), new byte[] { 7 }, etags[0])], default);

        Assert.Equal([7], (await Store.ReadAsync(NameOf(1), default))!.Content.ToArray());
    }

    [AzuriteTheory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldWriteNothing_WhenOneIsNotAsItWasRead(int ledgers)
    {
        string[] etags = [.. await Store.WriteAsync(Folder, [.. Writes(ledgers, 1, null)], default)];
        await Assert.ThrowsAsync<PreconditionFailedException>(() => Store.WriteAsync(Folder, [.. Writes(ledgers, 2, null)], default));
        Assert.Equal(etags, (await AllAsync(Store)).OrderBy(row => row.Key, StringComparer.Ordinal).Select(row => row.Value.ETag));
        await Store.WriteAsync(Folder, [new LedgerWrite(NameOf(ledgers - 1), new byte[] { 9 }, etags[^1])], default);

        PreconditionFailedException refusal = await Assert.ThrowsAsync<PreconditionFailedException>(() =>
            Store.WriteAsync(Folder, [.. Writes(ledgers, 2, etags)], default)
        );

        Assert.Contains($"lines:0-{ledgers - 1}", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(ledgers - 1, (await AllAsync(Store)).Values.Count(row => row.Content.Span[0] == 1));
        LedgerWrite gone = new(NameOf(77), new byte[] { 1 }, etags[0]);
        await Assert.ThrowsAsync<PreconditionFailedException>(() => Store.WriteAsync(Folder, [gone], default));
    }

    [AzuriteFact]
    public async Task ShouldCommitTheOthersInTwoTransactions_WhenPartitionsWereTakenOver()
    {
        DurableLedgers ledgers = new(Store, new DurableServices(TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None));
        await ledgers.MarkAsync(Folder, default);
        LedgerWritten[] begun = await ledgers.WriteAsync([.. Enumerable.Range(0, 16).Select(i => At(i, 0, null))], default);
        await ledgers.FenceAsync(NameOf(3), findStart: null, default);
        await ledgers.FenceAsync(NameOf(11), findStart: null, default);
        long before = ledgers.Writes;

        LedgerWritten[] written = await ledgers.WriteAsync([.. Enumerable.Range(0, 16).Select(i => At(i, 10, begun[i].ETag))], default);

        Assert.Equal(2, ledgers.Writes - before);
        for (int i = 0; i < written.Length; i++)
        {
            LedgerWritten each = written[i];
            if (i is 3 or 11)
            {
                Assert.Throws<PreconditionFailedException>(() => each.ETag);
            }
            else
            {
                (LedgerState? state, string? etag) = await ledgers.ReadAsync(NameOf(i), default);
                Assert.Equal((10, each.ETag), (state!.Next, etag));
            }
        }
    }

    [AzuriteFact]
    public async Task ShouldReadEveryPage_WhenThereAreMoreThanAPageHolds()
    {
        for (int first = 0; first < 1100; first += 100)
        {
            LedgerWrite[] writes = [.. Enumerable.Range(first, 100).Select(i => new LedgerWrite(NameOf(i), new byte[] { 1 }, ETag: null))];
            Assert.Equal(100, (await Store.WriteAsync(Folder, writes, default)).Count);
        }

        Assert.Equal(1100, (await AllAsync(Store)).Count);
    }

    [AzuriteFact]
    public async Task ShouldSeeNothing_WhenTheLedgersAreAnotherAppsOrThereIsNoTable()
    {
        TableServiceClient tables = new(azurite.ConnectionString);
        await tables.DeleteTableAsync(TableLedgerStore.TableName);
        Assert.Null(await Store.ReadAsync(NameOf(0), default));
        Assert.Empty(await AllAsync(Store));

        await Store.WriteAsync(Folder, [.. Writes(2, 1, null)], default);

        Assert.Equal(2, (await AllAsync(Store)).Count);
        Assert.Empty(await AllAsync(new TableLedgerStore(tables, "another")));
    }

    [Theory]
    [InlineData("accountName", "orders", "https://orders.table.core.windows.net/")]
    [InlineData("tableServiceUri", "https://t.example/", "https://t.example/")]
    [InlineData("blobServiceUri", "https://orders.blob.core.windows.net", "https://orders.table.core.windows.net/")]
    [InlineData("serviceUri", "https://orders.blob.core.usgovcloudapi.net", "https://orders.table.core.usgovcloudapi.net/")]
    public void ShouldFindTheAccount_WhenAnIdentityIsUsed(string setting, string value, string expected)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Storage:" + setting, value)]).Build();

        Assert.Equal(expected, TableConnection.CreateClient(configuration, "Storage").Uri.ToString());
    }

    [Fact]
    public void ShouldNameTheSettings_WhenThereIsNoAccount()
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Storage:blobServiceUri", "https://files.example")])
            .Build();

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() =>
            TableConnection.CreateClient(configuration, "Storage")
        );

        Assert.Contains("Storage__tableServiceUri", error.Message, StringComparison.Ordinal);
        Assert.Contains("Millrace:Ledgers", error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<LedgerWrite> Writes(int count, byte content, string[]? etags) =>
        Enumerable.Range(0, count).Select(i => new LedgerWrite(NameOf(i), new[] { content }, etags?[i]));

    private static LedgerWrite At(int partition, long next, string? etag) =>
        DurableLedgers.WriteOf(NameOf(partition), LedgerState.Initial(next), etag);

    private static async Task<Dictionary<string, StoredObject>> AllAsync(TableLedgerStore store)
    {
        Dictionary<string, StoredObject> all = [];
        await foreach ((string name, StoredObject ledger) in store.ReadFolderAsync(Folder, CancellationToken.None))
        {
            all.Add(name, ledger);
        }

        return all;
    }

    private static string NameOf(int partition) => string.Create(CultureInfo.InvariantCulture, $"{Folder}lines/0-{partition}");
}
