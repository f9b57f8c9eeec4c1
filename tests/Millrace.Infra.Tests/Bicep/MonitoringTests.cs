using System.Text.Json;
using Millrace.Infra.Tests.Support;
using Xunit;

namespace Millrace.Infra.Tests.Bicep;

public sealed class MonitoringTests
{
    [BicepFact]
    public async Task ShouldLookEveryMinute_WhenAnAlertIsCreated()
    {
        JsonElement rule = Assert.Single((await Template.CompileAsync()).OfType("Microsoft.Insights/scheduledQueryRules"));

        Assert.Equal("PT1M", rule.GetProperty("properties").GetProperty("evaluationFrequency").GetString());
    }

    [BicepFact]
    public async Task ShouldSendDiagnosticsToTheWorkspace_WhenAnythingIsCreated()
    {
        List<JsonElement> settings = (await Template.CompileAsync()).OfType("Microsoft.Insights/diagnosticSettings").ToList();

        string[] scopes = [.. settings.Select(setting => setting.GetProperty("scope").GetString()!)];
        Assert.Contains(scopes, scope => scope.Contains("Microsoft.KeyVault/vaults", StringComparison.Ordinal));
        Assert.Contains(scopes, scope => scope.Contains("Microsoft.EventHub/namespaces", StringComparison.Ordinal));
        // The two hostings, and the services of the account that holds the state; packages have the fourth.
        Assert.Equal(2, scopes.Count(scope => scope.Contains("Microsoft.Web/sites", StringComparison.Ordinal)));
        Assert.Equal(2, scopes.Count(scope => scope.Contains("blobServices", StringComparison.Ordinal)));
        Assert.Single(scopes, scope => scope.Contains("queueServices", StringComparison.Ordinal));
        Assert.Single(scopes, scope => scope.Contains("tableServices", StringComparison.Ordinal));
        Assert.All(
            settings,
            setting =>
                Assert.Contains(
                    "workspaceId",
                    setting.GetProperty("properties").GetProperty("workspaceId").GetString(),
                    StringComparison.Ordinal
                )
        );
    }
}
