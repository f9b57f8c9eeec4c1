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

    [BicepFact]
    public async Task ShouldKeepPackagesInAnAccountOfTheirOwn_WhenTheAppOwnsItsBlobs()
    {
        Template template = await Template.CompileAsync();
        const string Containers = "Microsoft.Storage/storageAccounts/blobServices/containers";

        JsonElement package = Assert.Single(template.Module("package").OfType(Containers));
        JsonElement state = Assert.Single(template.Module("storage").OfType(Containers));

        Assert.Contains("'app-package'", package.GetProperty("name").GetString(), StringComparison.Ordinal);
        Assert.Contains("'millrace'", state.GetProperty("name").GetString(), StringComparison.Ordinal);
        // The role is for that container, and the app's own identity has none in that account.
        JsonElement assignment = Assert.Single(template.Module("package").OfType("Microsoft.Authorization/roleAssignments"));
        Assert.Contains("/containers'", assignment.GetProperty("scope").GetString(), StringComparison.Ordinal);
        Assert.Contains(
            "parameters('identityName')",
            assignment.GetProperty("properties").GetProperty("principalId").GetString(),
            StringComparison.Ordinal
        );
    }
}
