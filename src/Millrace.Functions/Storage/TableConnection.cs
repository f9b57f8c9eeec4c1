using Azure.Data.Tables;
using Microsoft.Extensions.Configuration;
using Millrace.AzureBlobs;

namespace Millrace.Functions.Storage;

/// <summary>Reads a connection to tables from configuration, in the form that Azure Functions uses for its own.</summary>
internal static class TableConnection
{
    /// <summary>
    /// Makes a client from the settings of one connection, as <see cref="BlobConnection.CreateClient"/> does; the account is
    /// <c>NAME__tableServiceUri</c> or <c>NAME__accountName</c>, or the one whose blobs are named.
    /// </summary>
    /// <exception cref="InvalidOperationException">The settings name no account, or an unknown credential.</exception>
    public static TableServiceClient CreateClient(IConfiguration configuration, string name)
    {
        IConfigurationSection section = configuration.GetSection(name);
        string? connectionString = configuration.GetConnectionString(name) ?? section.Value;
        return string.IsNullOrEmpty(connectionString)
            ? new TableServiceClient(ServiceUri(section), BlobConnection.Credential(section))
            : new TableServiceClient(connectionString);
    }

    private static Uri ServiceUri(IConfigurationSection section)
    {
        string? uri = Setting(section, "tableServiceUri");
        if (uri is null && Setting(section, "accountName") is { } account)
        {
            uri = $"https://{account}.table.core.windows.net";
        }

        string? blobs = Setting(section, "blobServiceUri") ?? Setting(section, "serviceUri");
        if (uri is null && blobs?.Contains(".blob.", StringComparison.OrdinalIgnoreCase) == true)
        {
            uri = blobs.Replace(".blob.", ".table.", StringComparison.OrdinalIgnoreCase);
        }

        return Uri.TryCreate(uri, UriKind.Absolute, out Uri? result)
            ? result
            : throw new InvalidOperationException(
                $"Storage connection '{section.Path}' names no account with tables{(uri is null ? "" : $" ('{uri}' is no URI)")}; set "
                    + $"{section.Path} to a connection string, or {section.Path}__accountName or {section.Path}__tableServiceUri, or set "
                    + "Millrace:Ledgers to Blobs."
            );
    }

    private static string? Setting(IConfigurationSection section, string key) => section[key] is { Length: > 0 } value ? value : null;
}
