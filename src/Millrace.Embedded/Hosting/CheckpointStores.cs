using Azure.Storage.Blobs;
using Millrace.AzureBlobs;
using Millrace.Checkpoints;
using Millrace.Embedded.Cli;

namespace Millrace.Embedded.Hosting;

/// <summary>Opens the store that the command line names.</summary>
internal static class CheckpointStores
{
    private const string Container = "millrace";

    public static async Task<IObjectStore> OpenAsync(HostSettings settings, string temporary, CancellationToken cancellationToken)
    {
        if (settings.AzureStorage is not { } connection) return new DirectoryObjectStore(OpenDirectory(settings.CheckpointDirectory ?? temporary));
        try
        {
            // Asked once without patience: a wrong address is to be said at once, not after a job's retries.
            BlobClientOptions impatient = new() { Retry = { MaxRetries = 1, NetworkTimeout = TimeSpan.FromSeconds(10) } };
            await new BlobContainerClient(connection, Container, impatient).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            return new BlobObjectStore(new BlobServiceClient(connection), new BlobObjectStoreOptions { ContainerName = Container });
        }
        catch (Exception failure) when (failure is FormatException or Azure.RequestFailedException or AggregateException)
        {
            string reason = (failure.InnerException ?? failure).Message.Split('\n')[0].Trim();
            throw new CliException(
                $"Azure storage cannot be used: {reason} Check the connection string after --azure-storage, and that the account (or Azurite) can be reached.", failure);
        }
    }

    private static string OpenDirectory(string directory)
    {
        if (File.Exists(directory)) throw new CliException($"--checkpoint-dir '{directory}' is a file; give a directory, which is created if it is missing.");
        try
        {
            return Directory.CreateDirectory(directory).FullName;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"--checkpoint-dir '{directory}' cannot be created: {failure.Message} Give a directory that this user may write.", failure);
        }
    }
}
