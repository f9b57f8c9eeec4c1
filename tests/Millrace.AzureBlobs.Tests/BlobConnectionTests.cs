using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Millrace.AzureBlobs.Tests;

public sealed class BlobConnectionTests
{
    [Theory]
    [InlineData("http://127.0.0.1:10000/devstoreaccount1", "Store", "UseDevelopmentStorage=true")]
    [InlineData("https://acc.blob.core.windows.net/", "Store:accountName", "acc")]
    [InlineData("https://acc.blob.core.windows.net/", "Store:accountName", "acc", "Store:credential", "managedidentity")]
    [InlineData(
        "https://acc.blob.core.windows.net/",
        "Store:accountName",
        "acc",
        "Store:credential",
        "ManagedIdentity",
        "Store:clientId",
        "id"
    )]
    [InlineData(
        "https://acc.blob.core.windows.net/",
        "Store:accountName",
        "acc",
        "Store:tenantId",
        "t",
        "Store:clientId",
        "id",
        "Store:clientSecret",
        "s"
    )]
    [InlineData("https://example.org/", "Store:blobServiceUri", "https://example.org", "Store:accountName", "acc")]
    [InlineData("https://example.org/", "Store:serviceUri", "https://example.org")]
    public void ShouldFindTheAccount_WhenSettingsNameIt(string expected, params string[] settings) =>
        Assert.Equal(new Uri(expected), BlobConnection.CreateClient(Configuration(settings), "Store").Uri);

    [Fact]
    public void ShouldPreferTheConnectionString_WhenBothAreSet() =>
        Assert.Equal(
            "devstoreaccount1",
            BlobConnection
                .CreateClient(Configuration("Store", "UseDevelopmentStorage=true", "Store:accountName", "acc"), "Store")
                .AccountName
        );

    [Theory]
    [InlineData("Store__accountName", "Other", "x")]
    [InlineData("'nonsense' is no URI", "Store:blobServiceUri", "nonsense")]
    [InlineData("Store__credential is 'password'", "Store:accountName", "acc", "Store:credential", "password")]
    public void ShouldSayWhatToSet_WhenSettingsAreIncomplete(string expected, params string[] settings)
    {
        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() =>
            BlobConnection.CreateClient(Configuration(settings), "Store")
        );
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldRefuseOptions_WhenTheyAreOutOfBounds()
    {
        BlobServiceClient client = new("UseDevelopmentStorage=true");
        Assert.Throws<ArgumentOutOfRangeException>(() => new BlobObjectStore(client, new BlobObjectStoreOptions { BlockSize = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BlobObjectStore(client, new BlobObjectStoreOptions { Parallelism = 0 }));
        Assert.Throws<ArgumentException>(() => new BlobObjectStore(client, new BlobObjectStoreOptions { Prefix = "a" }));
        Assert.Throws<ArgumentException>(() => new BlobObjectStore(client, new BlobObjectStoreOptions { Prefix = "../" }));
        Assert.Throws<ArgumentException>(() => new BlobObjectStore(client, new BlobObjectStoreOptions { ContainerName = "" }));
        Assert.Throws<ArgumentException>(() => new BlobObjectStore(client, new BlobObjectStoreOptions { ContainerName = "c2" }));
        Assert.Throws<ArgumentException>(() => new BlobObjectStore(client, new BlobObjectStoreOptions { ContainerName = "Ledgers" }));
    }

    private static IConfiguration Configuration(params string[] settings) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Chunk(2).Select(pair => KeyValuePair.Create(pair[0], (string?)pair[1])))
            .Build();
}
