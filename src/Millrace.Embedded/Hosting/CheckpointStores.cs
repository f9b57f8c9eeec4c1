using Azure.Storage.Blobs;
using Millrace.AzureBlobs;
using Millrace.Checkpoints;
using Millrace.Embedded.Cli;

namespace Millrace.Embedded.Hosting;

/// <summary>Opens the store that the command line names.</summary>
internal static class CheckpointStores
{
    public const string Container = "millrace";

    public static async Task<IObjectStore> OpenAsync(HostSettings settings, string temporary, CancellationToken cancellationToken)
    {
        if (settings.AzureStorage is not { } connection)
        {
            return new DirectoryObjectStore(OpenDirectory(settings.CheckpointDirectory ?? temporary));
        }
        return await OpenAsync(
            connection,
            Container,
            container => container.CreateIfNotExistsAsync(cancellationToken: cancellationToken),
            cancellationToken
        );
    }

    /// <summary>Opens a container that must be there.</summary>
    public static Task<IObjectStore> OpenExistingAsync(string connection, string container, CancellationToken cancellationToken)
    {
        if (!BlobObjectStoreOptions.IsContainerName(container))
        {
            throw new CliException($"--container '{container}' is no name of one; expected {BlobObjectStoreOptions.ContainerNameRule}")
            {
                ExitCode = CliApplication.BadUsage,
            };
        }

        return OpenAsync(
            connection,
            container,
            async client =>
            {
                if (!await client.ExistsAsync(cancellationToken))
                {
                    throw new CliException(
                        $"There is no container '{container}' at --azure-storage; give the one that the job's checkpoints are in with "
                            + $"--container. That of {CliApplication.Program} is '{Container}'."
                    )
                    {
                        ExitCode = CliApplication.BadUsage,
                    };
                }
            },
            cancellationToken
        );
    }

    private static async Task<IObjectStore> OpenAsync(
        string connection,
        string container,
        Func<BlobContainerClient, Task> prepare,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            // Asked once without patience: a wrong address is to be said at once, not after a job's retries.
            BlobClientOptions impatient = new() { Retry = { MaxRetries = 1, NetworkTimeout = TimeSpan.FromSeconds(10) } };
            await prepare(new BlobContainerClient(connection, container, impatient));
            return new BlobObjectStore(new BlobServiceClient(connection), new BlobObjectStoreOptions { ContainerName = container });
        }
        catch (Exception failure) when (failure is FormatException or Azure.RequestFailedException or AggregateException)
        {
            string reason = (failure.InnerException ?? failure).Message.Split('\n')[0].Trim();
            throw new CliException(
                $"Azure storage cannot be used: {reason} Check the connection string after --azure-storage, and that the account (or "
                    + "Azurite) can be reached.",
                failure
            );
        }
    }

    /// <summary>Refuses a location to restore from that cannot be one, or at which nothing is.</summary>
    public static async Task CheckLocationAsync(
        HostSettings settings,
        IObjectStore store,
        string location,
        CancellationToken cancellationToken
    )
    {
        string folder = location.EndsWith("/" + CheckpointLocation.ManifestFile, StringComparison.Ordinal)
            ? location[..^(CheckpointLocation.ManifestFile.Length + 1)]
            : location.TrimEnd('/');
        string manifest = $"{folder}/{CheckpointLocation.ManifestFile}";
        string given = $"give what {CliApplication.Program} savepoint prints, such as JOB/savepoints/1";
        try
        {
            ObjectNames.ThrowIfInvalid(manifest);
        }
        catch (ArgumentException failure)
        {
            throw new CliException(
                $"--restore '{location}' is no location; {given}. It is relative to --checkpoint-dir (or to the container of "
                    + "--azure-storage).",
                failure
            );
        }

        if (await store.GetAsync(manifest, cancellationToken) is not null)
        {
            return;
        }
        string where = settings switch
        {
            { AzureStorage: not null } => $"in container '{Container}' of --azure-storage; locations are relative to it",
            { CheckpointDirectory: { } directory } => $"in --checkpoint-dir '{directory}'; locations are relative to it",
            _ => "in the temporary store of this run; give the --checkpoint-dir it was taken in",
        };
        throw new CliException(
            $"--restore '{location}' is no complete savepoint or checkpoint: there is no '{manifest}' {where}, and {given}."
        );
    }

    private static string OpenDirectory(string directory)
    {
        if (File.Exists(directory))
        {
            throw new CliException($"--checkpoint-dir '{directory}' is a file; give a directory, which is created if it is missing.");
        }
        string full;
        try
        {
            full = Directory.CreateDirectory(directory).FullName;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CliException(
                $"--checkpoint-dir '{directory}' cannot be created: {failure.Message} Give a directory that this user may write.",
                failure
            );
        }

        // Said now, and not by the first checkpoint.
        string probe = Path.Combine(full, $".millrace-probe-{Guid.NewGuid():N}");
        try
        {
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
            return full;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CliException(
                $"--checkpoint-dir '{directory}' cannot be written: {failure.Message.TrimEnd('.')}. Give a directory that this user may "
                    + "write, on a file system that is not read-only.",
                failure
            );
        }
    }
}
