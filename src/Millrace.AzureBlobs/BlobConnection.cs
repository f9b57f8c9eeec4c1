using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;

namespace Millrace.AzureBlobs;

/// <summary>Reads a storage connection from configuration, in the form that Azure Functions uses for its own.</summary>
public static class BlobConnection
{
    /// <summary>
    /// Makes a client from the settings of one connection:
    /// <list type="bullet">
    /// <item><description><c>NAME</c>: a connection string (also <c>UseDevelopmentStorage=true</c>); or, for an identity instead of a
    /// secret,</description></item>
    /// <item><description><c>NAME__blobServiceUri</c> (or <c>NAME__serviceUri</c>), or <c>NAME__accountName</c>: the account; and
    /// optionally</description></item>
    /// <item><description><c>NAME__credential = managedidentity</c>, with <c>NAME__clientId</c> or <c>NAME__managedIdentityResourceId</c>
    /// for a user-assigned one; or <c>NAME__tenantId</c>, <c>NAME__clientId</c> and <c>NAME__clientSecret</c>; without any of these
    /// <see cref="DefaultAzureCredential"/> looks for an identity.</description></item>
    /// </list>
    /// </summary>
    /// <param name="configuration">Settings; <c>__</c> in environment variables stands for <c>:</c>.</param>
    /// <param name="name">Name of the connection, such as <c>AzureWebJobsStorage</c>.</param>
    /// <param name="clientOptions">Options of the client; <see langword="null"/> = the SDK's defaults.</param>
    /// <exception cref="InvalidOperationException">The settings name no account, or an unknown credential.</exception>
    public static BlobServiceClient CreateClient(IConfiguration configuration, string name, BlobClientOptions? clientOptions = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentException.ThrowIfNullOrEmpty(name);
        IConfigurationSection section = configuration.GetSection(name);
        string? connectionString = configuration.GetConnectionString(name) ?? section.Value;
        return string.IsNullOrEmpty(connectionString)
            ? new BlobServiceClient(ServiceUri(section), Credential(section), clientOptions)
            : new BlobServiceClient(connectionString, clientOptions);
    }

    private static Uri ServiceUri(IConfigurationSection section)
    {
        string? uri = Setting(section, "blobServiceUri") ?? Setting(section, "serviceUri");
        if (uri is null && Setting(section, "accountName") is { } account)
        {
            uri = $"https://{account}.blob.core.windows.net";
        }

        return Uri.TryCreate(uri, UriKind.Absolute, out Uri? result)
            ? result
            : throw new InvalidOperationException(
                $"Storage connection '{section.Path}' names no account{(uri is null ? "" : $" ('{uri}' is no URI)")}; set {section.Path} "
                    + "to a connection string, "
                    + $"or {section.Path}__accountName or {section.Path}__blobServiceUri to use an identity."
            );
    }

    /// <summary>The identity that a connection names.</summary>
    internal static TokenCredential Credential(IConfigurationSection section)
    {
        string? clientId = Setting(section, "clientId");
        string? kind = Setting(section, "credential");
        if (kind is not null)
        {
            if (!string.Equals(kind, "managedidentity", StringComparison.OrdinalIgnoreCase))
            {
                throw new InvalidOperationException(
                    $"Setting {section.Path}__credential is '{kind}', which is unknown; set it to 'managedidentity', or leave it out to "
                        + "look for an identity."
                );
            }

            return new ManagedIdentityCredential(
                Setting(section, "managedIdentityResourceId") is { } resource
                    ? ManagedIdentityId.FromUserAssignedResourceId(new ResourceIdentifier(resource))
                : clientId is not null ? ManagedIdentityId.FromUserAssignedClientId(clientId)
                : ManagedIdentityId.SystemAssigned
            );
        }

        string? tenantId = Setting(section, "tenantId");
        return tenantId is not null && clientId is not null && Setting(section, "clientSecret") is { } secret
            ? new ClientSecretCredential(tenantId, clientId, secret)
            : new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = clientId, TenantId = tenantId });
    }

    private static string? Setting(IConfigurationSection section, string key) => section[key] is { Length: > 0 } value ? value : null;
}
