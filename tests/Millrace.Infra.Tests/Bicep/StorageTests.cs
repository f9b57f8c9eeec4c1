using System.Text.Json;
using Millrace.Infra.Tests.Support;
using Xunit;

namespace Millrace.Infra.Tests.Bicep;

public sealed class StorageTests
{
    [BicepFact]
    public async Task ShouldKeepNoOverwrittenLedger_WhenABatchIsWritten()
    {
        // Soft delete keeps what a write replaces, as it does what was deleted: a week of ledgers would cost more than everything else.
        Template state = (await Template.CompileAsync()).Module("storage");

        JsonElement blobs = Assert.Single(state.OfType("Microsoft.Storage/storageAccounts/blobServices")).GetProperty("properties");
        Assert.False(blobs.GetProperty("deleteRetentionPolicy").GetProperty("enabled").GetBoolean());
        Assert.False(blobs.GetProperty("isVersioningEnabled").GetBoolean());
        Assert.False(blobs.GetProperty("changeFeed").GetProperty("enabled").GetBoolean());
        // A container that was deleted by mistake comes back: that costs nothing while nobody deletes one.
        Assert.True(blobs.GetProperty("containerDeleteRetentionPolicy").GetProperty("enabled").GetBoolean());
    }
}
