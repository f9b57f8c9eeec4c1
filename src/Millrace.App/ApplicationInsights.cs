using Azure.Core;
using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Resources;

namespace Millrace.App;

/// <summary>Sends the meter <c>Millrace</c> to Application Insights, where the rules of infra/modules/alerts.bicep read it.</summary>
internal static class ApplicationInsights
{
    private const string ConnectionString = "APPLICATIONINSIGHTS_CONNECTION_STRING";
    private const string Authentication = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";

    /// <summary>Adds the exporter where there is a connection string; logs and requests are the host's, which reads the same one.</summary>
    /// <param name="services">The app's services.</param>
    /// <param name="configuration">The app's settings.</param>
    public static void AddTo(IServiceCollection services, IConfiguration configuration)
    {
        if (configuration[ConnectionString] is not { Length: > 0 } connection)
        {
            return;
        }

        // The alerts are about an app, so its name is the role, as in what the host sends.
        string role = configuration["WEBSITE_SITE_NAME"] is { Length: > 0 } site ? site : "millrace";
        services
            .AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(role))
            .WithMetrics(metrics =>
                metrics
                    .AddMeter("Millrace")
                    .AddAzureMonitorMetricExporter(exporter =>
                    {
                        exporter.ConnectionString = connection;
                        exporter.Credential = CredentialOf(configuration[Authentication]);
                    })
            );
    }

    /// <summary>The identity that the host signs in with too: <c>ClientId=...;Authorization=AAD</c>.</summary>
    /// <param name="authentication">The setting; without <c>Authorization=AAD</c> the connection string's key is used.</param>
    internal static TokenCredential? CredentialOf(string? authentication)
    {
        Dictionary<string, string> parts = (authentication ?? "")
            .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(part => part.Split('=', 2))
            .Where(part => part.Length == 2)
            .ToDictionary(part => part[0].Trim(), part => part[1].Trim(), StringComparer.OrdinalIgnoreCase);
        if (!parts.TryGetValue("Authorization", out string? kind) || !string.Equals(kind, "AAD", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return new ManagedIdentityCredential(
            parts.TryGetValue("ClientId", out string? clientId)
                ? ManagedIdentityId.FromUserAssignedClientId(clientId)
                : ManagedIdentityId.SystemAssigned
        );
    }
}
