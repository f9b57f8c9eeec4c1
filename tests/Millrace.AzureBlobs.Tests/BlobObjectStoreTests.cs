using System.Buffers;
using Azure.Storage.Blobs;
using Millrace.Checkpoints;
using Millrace.Testing.Conformance;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.AzureBlobs.Tests;

[Collection(AzuriteCollection.Name)]
public sealed class BlobObjectStoreTests(AzuriteFixture azurite)
{
    private readonly string _container = $"test-{Guid.NewGuid():n}";

    public static TheoryData<string> Checks => new(ObjectStoreConformance.CheckNames);

    [AzuriteTheory]
    [MemberData(nameof(Checks))]
    public Task ShouldConform(string check)
    {
        // Small blocks, so that objects of a megabyte are already staged.
        BlobObjectStoreOptions options = new()
        {
            ContainerName = _container,
            Prefix = "hub/one/",
            BlockSize = 256 * 1024,
        };
        return new ObjectStoreConformance(() => new BlobObjectStore(new BlobServiceClient(azurite.ConnectionString), options)).RunAsync(
            check,
            CancellationToken.None
        );
    }

    [AzuriteFact]
    public async Task ShouldKeepPrefixesApart_WhenStoresShareAContainer()
    {
        BlobObjectStore one = Open(prefix: "one/");
        BlobObjectStore two = Open(prefix: "two/");
        await PutAsync(one, "a", [1], PutCondition.IfAbsent);
        await PutAsync(two, "a", [2], PutCondition.IfAbsent);
        Assert.Equal([1], (await one.GetAsync("a", CancellationToken.None))!.Content.ToArray());
        Assert.Equal(["a"], await two.ListAsync("", CancellationToken.None).ToListAsync());
    }

    [AzuriteFact]
    public async Task ShouldSayThatTheContainerIsMissing_WhenItMayNotBeCreated()
    {
        BlobObjectStore store = Open(createContainer: false);
        foreach (
            Func<Task> action in (Func<Task>[])
                [
                    () => PutAsync(store, "a", [1], PutCondition.None),
                    () => store.GetAsync("a", CancellationToken.None),
                    async () => await store.ListAsync("", CancellationToken.None).ToListAsync(),
                ]
        )
        {
            InvalidOperationException exception = await Assert.ThrowsAsync<InvalidOperationException>(action);
            Assert.Contains(_container, exception.Message, StringComparison.Ordinal);
        }
    }

    [AzuriteFact]
    public async Task ShouldFindNothing_WhenTheContainerIsYetToBeCreated()
    {
        BlobObjectStore store = Open();
        Assert.Null(await store.GetAsync("a", CancellationToken.None));
        await store.DeleteAsync("a", CancellationToken.None);
        Assert.Empty(await store.ListAsync("", CancellationToken.None).ToListAsync());
    }

    [AzuriteTheory]
    [InlineData(10, false, 1)]
    [InlineData(10, true, 1)]
    [InlineData(10, false, 3)]
    [InlineData(10, true, 3)]
    [InlineData(200_000, false, 1)]
    [InlineData(200_000, true, 3)]
    public async Task ShouldSucceedWithItsOwnETag_WhenTheReplyOfAConditionalWriteIsLost(int size, bool replaces, int lostReplies)
    {
        BlobObjectStore other = Open();
        PutCondition condition = replaces
            ? PutCondition.IfMatch(await PutAsync(other, "a", [1], PutCondition.None))
            : PutCondition.IfAbsent;
        await PutAsync(other, "b", [1], PutCondition.None);
        LossyPolicy lossy = new(lostReplies);
        BlobObjectStore store = Open(lossy: lossy);
        byte[] content = new byte[size];
        string etag = await PutAsync(store, "a", content, condition);

        Assert.Equal(lostReplies, lossy.Lost);
        StoredObject read = Assert.IsType<StoredObject>(await other.GetAsync("a", CancellationToken.None));
        Assert.Equal(read.ETag, etag);
        Assert.Equal(size, read.Content.Length);
    }

    [AzuriteFact]
    public async Task ShouldRefuse_WhenTheReplyIsLostAndAnotherWriterWasFirst()
    {
        BlobObjectStore other = Open();
        string etag = await PutAsync(other, "a", [1], PutCondition.None);
        await PutAsync(other, "a", [2], PutCondition.None);
        LossyPolicy lossy = new(1);
        await Assert.ThrowsAsync<PreconditionFailedException>(() => PutAsync(Open(lossy: lossy), "a", [3], PutCondition.IfMatch(etag)));
        Assert.Equal(1, lossy.Lost);
        Assert.Equal([2], (await other.GetAsync("a", CancellationToken.None))!.Content.ToArray());
    }

    [AzuriteFact]
    public async Task ShouldNotMixBlocks_WhenTwoWritersStageTheSameBlob()
    {
        const int Size = 1_000_000;
        BlobObjectStore[] stores = [Open(), Open(), Open()];
        await Task.WhenAll(
            stores.Select(
                (store, i) =>
                    Task.Run(async () =>
                    {
                        byte[] content = new byte[Size];
                        Array.Fill(content, (byte)(i + 1));
                        try
                        {
                            await PutAsync(store, "a", content, PutCondition.IfAbsent);
                        }
                        catch (PreconditionFailedException)
                        {
                            // Another writer was first.
                        }
                    })
            )
        );
        ReadOnlyMemory<byte> read = (await stores[0].GetAsync("a", CancellationToken.None))!.Content;
        Assert.Equal(Size, read.Length);
        Assert.False(read.Span.ContainsAnyExcept(read.Span[0]));
    }

    [AzuriteTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ShouldWriteAllTheSame_WhenAnotherWriterOvertakesEachCommit(bool deletes)
    {
        BlobObjectStore other = Open();
        OvertakingPolicy policy = new(async () =>
        {
            await PutAsync(other, "a", Filled(1), PutCondition.None);
            await (deletes ? other.DeleteAsync("a", CancellationToken.None) : Task.CompletedTask);
        });

        string etag = await PutAsync(Open(lossy: policy), "a", Filled(2), PutCondition.None);

        StoredObject read = Assert.IsType<StoredObject>(await other.GetAsync("a", CancellationToken.None));
        Assert.Equal(1, policy.Overtaken);
        Assert.Equal(etag, read.ETag);
        Assert.Equal(Filled(2), read.Content.ToArray());
    }

    [AzuriteTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ShouldRefuse_WhenAnotherWriterOvertakesTheCommitOfAConditionalWrite(bool replaces)
    {
        BlobObjectStore other = Open();
        PutCondition condition = replaces
            ? PutCondition.IfMatch(await PutAsync(other, "a", [1], PutCondition.None))
            : PutCondition.IfAbsent;
        OvertakingPolicy policy = new(() => PutAsync(other, "a", Filled(1), PutCondition.None));

        await Assert.ThrowsAsync<PreconditionFailedException>(() => PutAsync(Open(lossy: policy), "a", Filled(2), condition));

        Assert.Equal(Filled(1), (await other.GetAsync("a", CancellationToken.None))!.Content.ToArray());
    }

    private static byte[] Filled(byte value)
    {
        byte[] content = new byte[200_000];
        Array.Fill(content, value);
        return content;
    }

    private static Task<string> PutAsync(BlobObjectStore store, string name, byte[] content, PutCondition condition) =>
        store.PutAsync(name, new ReadOnlySequence<byte>(content), condition, CancellationToken.None);

    private BlobObjectStore Open(string prefix = "", bool createContainer = true, Azure.Core.Pipeline.HttpPipelinePolicy? lossy = null)
    {
        BlobClientOptions client = new();
        client.Retry.MaxRetries = 2;
        client.Retry.Delay = TimeSpan.FromMilliseconds(1);
        client.Retry.MaxDelay = TimeSpan.FromMilliseconds(2);
        if (lossy is not null)
        {
            client.AddPolicy(lossy, Azure.Core.HttpPipelinePosition.PerRetry);
        }

        return new BlobObjectStore(
            new BlobServiceClient(azurite.ConnectionString, client),
            new BlobObjectStoreOptions
            {
                ContainerName = _container,
                Prefix = prefix,
                CreateContainer = createContainer,
                BlockSize = 64 * 1024,
            }
        );
    }
}
