using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Durable.Hosting;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Xunit;

namespace Millrace.Tests.Durable;

/// <summary>Ledgers that are written together, in one transaction of a table.</summary>
public sealed class DurableLedgersTests
{
    private const string Folder = "jobs/count/functions/1/ledgers/";
    private readonly MemoryLedgerStore _table = new();

    private DurableLedgers Ledgers =>
        new(_table, new DurableServices(TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None));

    [Fact]
    public async Task ShouldBeOneTransaction_WhenAllAreAsTheyWereRead()
    {
        string[] etags = await BeginAsync(16);

        LedgerWritten[] written = await Ledgers.WriteAsync([.. Enumerable.Range(0, 16).Select(i => Write(i, 10, etags[i]))], default);

        Assert.Equal(16, _table.Transactions[^1].Length);

        // The word that they are there, their beginning, and this one.
        Assert.Equal(3, _table.Transactions.Count);
        for (int i = 0; i < written.Length; i++)
        {
            Assert.Equal((10, written[i].ETag), await ReadAsync(i));
        }
    }

    [Fact]
    public async Task ShouldWriteTheOthersOnce_WhenSomePartitionsWereTakenOver()
    {
        string[] etags = await BeginAsync(16);
        int[] taken = [0, 7, 15];
        foreach (int i in taken)
        {
            await Ledgers.FenceAsync(NameOf(i), findStart: null, default);
        }

        int before = _table.Transactions.Count;
        LedgerWritten[] written = await Ledgers.WriteAsync([.. Enumerable.Range(0, 16).Select(i => Write(i, 10, etags[i]))], default);

        // The one that was refused, and the rest.
        Assert.Equal(before + 2, _table.Transactions.Count);
        for (int i = 0; i < written.Length; i++)
        {
            if (taken.Contains(i))
            {
                LedgerWritten refused = written[i];
                Assert.Throws<PreconditionFailedException>(() => refused.ETag);
                Assert.Equal(0, (await ReadAsync(i)).Next);
            }
            else
            {
                Assert.Equal((10, written[i].ETag), await ReadAsync(i));
            }
        }
    }

    [Fact]
    public async Task ShouldSayThatItIsNotKnown_WhenTheReplyIsLost()
    {
        string[] etags = await BeginAsync(3);
        _table.OnWrite = _ => throw new IOException("The connection is gone.");

        LedgerWritten[] written = await Ledgers.WriteAsync([.. Enumerable.Range(0, 3).Select(i => Write(i, 10, etags[i]))], default);

        Assert.All(written, each => Assert.Throws<IOException>(() => each.ETag));
    }

    [Fact]
    public async Task ShouldBeSeveralTransactions_WhenThereAreMoreThanOneHolds()
    {
        string[] etags = await BeginAsync(250);
        _table.Transactions.Clear();

        LedgerWritten[] written = await Ledgers.WriteAsync([.. Enumerable.Range(0, 250).Select(i => Write(i, 10, etags[i]))], default);

        Assert.Equal([50, 100, 100], _table.Transactions.Select(transaction => transaction.Length).Order());
        Assert.Equal(250, written.Select(each => each.ETag).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task ShouldReadAllAtOnce_WhenATickAsks()
    {
        await BeginAsync(3);

        LedgerState?[] states = await Ledgers.ReadAsync([NameOf(2), NameOf(9), NameOf(0)], atOnce: 1, default);

        Assert.Equal([true, false, true], states.Select(state => state is not null));
    }

    [Fact]
    public async Task ShouldTakeNoPartitionForANewOne_WhenTheTableWasEmptied()
    {
        await BeginAsync(2);
        Assert.Equal((null, null), await Ledgers.ReadAsync(NameOf(9), default));
        _table.Clear();

        SuppressRestartsException one = await Assert.ThrowsAsync<SuppressRestartsException>(() => Ledgers.ReadAsync(NameOf(0), default));
        await Assert.ThrowsAsync<SuppressRestartsException>(() => Ledgers.ReadAsync([NameOf(0)], atOnce: 1, default));

        Assert.Contains(Folder, one.Message, StringComparison.Ordinal);
        Assert.Contains("RestoreFrom", one.Message, StringComparison.Ordinal);
    }

    private async Task<string[]> BeginAsync(int partitions)
    {
        await Ledgers.MarkAsync(Folder, default);
        LedgerWritten[] written = await Ledgers.WriteAsync([.. Enumerable.Range(0, partitions).Select(i => Write(i, 0, null))], default);
        return [.. written.Select(each => each.ETag)];
    }

    private async Task<(long Next, string? ETag)> ReadAsync(int partition)
    {
        (LedgerState? state, string? etag) = await Ledgers.ReadAsync(NameOf(partition), default);
        return (state!.Next, etag);
    }

    private static LedgerWrite Write(int partition, long next, string? etag) =>
        DurableLedgers.WriteOf(NameOf(partition), LedgerState.Initial(next), etag);

    private static string NameOf(int partition) => string.Create(CultureInfo.InvariantCulture, $"{Folder}lines/0-{partition}");
}
