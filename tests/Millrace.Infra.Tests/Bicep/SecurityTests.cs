using System.Text.Json;
using System.Text.RegularExpressions;
using Millrace.Infra.Tests.Support;
using Xunit;

namespace Millrace.Infra.Tests.Bicep;

public sealed partial class SecurityTests
{
    // Least privilege, said once more: a role that is not here has to be argued for here.
    private static readonly string[] Roles =
    [
        "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", // Storage Table Data Contributor
        "0ad04412-c4d5-4796-b79c-f76d14c8d402", // Durable Task Data Contributor: the hub, where the scheduler keeps it
        "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", // Storage Blob Data Reader: Premium's package, for the identity that fetches it
        "3913510d-42f4-4e42-8a64-420c390055eb", // Monitoring Metrics Publisher
        "4633458b-17de-408a-b874-0445c86b69e6", // Key Vault Secrets User
        "974c5e8b-45b9-4653-ba55-5f855dd0fb88", // Storage Queue Data Contributor: the hub, where the account keeps it
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b", // Storage Blob Data Owner
        "ba92f5b4-2d11-453d-a403-e96b0029c9fe", // Storage Blob Data Contributor: Flex's package, for the identity that deploys it
    ];

    [BicepFact]
    public async Task ShouldTakeNoKeysAndNoPlainText_WhenStorageIsCreated()
    {
        List<JsonElement> accounts = (await Template.CompileAsync()).OfType("Microsoft.Storage/storageAccounts").ToList();

        Assert.Equal(2, accounts.Count);
        Assert.All(
            accounts.Select(account => account.GetProperty("properties")),
            account =>
            {
                Assert.False(account.GetProperty("allowSharedKeyAccess").GetBoolean());
                Assert.False(account.GetProperty("allowBlobPublicAccess").GetBoolean());
                Assert.True(account.GetProperty("supportsHttpsTrafficOnly").GetBoolean());
                Assert.Equal("TLS1_2", account.GetProperty("minimumTlsVersion").GetString());
            }
        );
    }

    [BicepFact]
    public async Task ShouldServeOverTlsAsItsIdentity_WhenAnAppIsCreated()
    {
        Template template = await Template.CompileAsync();
        List<JsonElement> apps = template.OfType("Microsoft.Web/sites").ToList();

        Assert.Equal(2, apps.Count);
        Assert.All(
            apps,
            app =>
            {
                Assert.True(app.GetProperty("properties").GetProperty("httpsOnly").GetBoolean());
                Assert.Equal("UserAssigned", app.GetProperty("identity").GetProperty("type").GetString());
                Assert.Equal("Disabled", app.GetProperty("properties").GetProperty("siteConfig").GetProperty("ftpsState").GetString());
            }
        );
        List<JsonElement> basicAuthentication = template.OfType("Microsoft.Web/sites/basicPublishingCredentialsPolicies").ToList();
        Assert.Equal(4, basicAuthentication.Count);
        Assert.All(basicAuthentication, policy => Assert.False(policy.GetProperty("properties").GetProperty("allow").GetBoolean()));
    }

    [BicepFact]
    public async Task ShouldGrantTheseRolesOnly_WhenTheAppRuns()
    {
        ToolResult result = await BicepCompiler.BuildAsync();
        List<JsonElement> assignments = (await Template.CompileAsync()).OfType("Microsoft.Authorization/roleAssignments").ToList();

        IEnumerable<string> granted = RoleId().Matches(result.Output).Select(match => match.Value).Distinct(StringComparer.Ordinal);

        Assert.Equal(Roles, granted.Order(StringComparer.Ordinal));
        Assert.Equal(5, assignments.Count);
        // Each on one resource, none on the group or the subscription.
        Assert.All(
            assignments,
            assignment => Assert.Contains("resourceId(", assignment.GetProperty("scope").GetString(), StringComparison.Ordinal)
        );
    }

    [BicepFact]
    public async Task ShouldNotManage_WhenTheAppReachesEventHubs()
    {
        JsonElement rule = Assert.Single((await Template.CompileAsync()).OfType("Microsoft.EventHub/namespaces/authorizationRules"));

        IEnumerable<string?> rights = rule.GetProperty("properties")
            .GetProperty("rights")
            .EnumerateArray()
            .Select(right => right.GetString());

        Assert.Equal(["Listen", "Send"], rights);
    }

    [GeneratedRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex RoleId();
}
