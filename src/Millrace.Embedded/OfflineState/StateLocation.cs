using Millrace.Checkpoints;
using Millrace.Embedded.Cli;
using Millrace.Embedded.Hosting;

namespace Millrace.Embedded.OfflineState;

/// <summary>Where the command line says that checkpoints are: a store, and a path in it.</summary>
/// <param name="Store">The store.</param>
/// <param name="Path">
/// <c>""</c> for all of it, <c>jobs/JOB</c> for one job, <c>jobs/JOB/savepoints/NAME</c> or the like for one checkpoint.
/// </param>
/// <param name="Text">What the user has written.</param>
internal sealed record StateLocation(IObjectStore Store, string Path, string Text)
{
    private const string Jobs = "jobs";

    /// <summary>Whether it is one checkpoint, and not a place with several.</summary>
    public bool IsCheckpoint => Path.Length > 0 && Path.Split('/') is not [Jobs] and not [Jobs, _];

    /// <param name="location">A directory, or a path in the container.</param>
    /// <param name="azureStorage">Connection of a storage account; <see langword="null"/> = the location is a directory.</param>
    /// <param name="container">Container of that account.</param>
    /// <param name="isForReading">Whether nothing is to be written.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<StateLocation> OpenAsync(
        string? location,
        string? azureStorage,
        string container,
        bool isForReading,
        CancellationToken cancellationToken
    )
    {
        if (azureStorage is not null)
        {
            return new StateLocation(
                await CheckpointStores.OpenExistingAsync(azureStorage, container, cancellationToken),
                PathOf(location ?? ""),
                location ?? container
            );
        }

        if (location is null)
        {
            throw Mistake("No location is given; give a directory with checkpoints, or --azure-storage with a connection.");
        }

        (string root, string path) = Find(location);
        return new StateLocation(isForReading ? DirectoryObjectStore.OpenForReading(root) : new DirectoryObjectStore(root), path, location);
    }

    /// <summary>What the caller did wrong.</summary>
    public static CliException Mistake(string message, Exception? cause = null) =>
        cause is null
            ? new CliException(message) { ExitCode = CliApplication.BadUsage }
            : new CliException(message, cause) { ExitCode = CliApplication.BadUsage };

    private static string PathOf(string location)
    {
        const string ManifestEnd = "/" + CheckpointLocation.ManifestFile;
        string path = location.Trim('/');
        path = path.EndsWith(ManifestEnd, StringComparison.Ordinal) ? path[..^ManifestEnd.Length] : path;
        try
        {
            ObjectNames.ThrowIfInvalidPrefix(path);
            return OfJob(path);
        }
        catch (ArgumentException exception)
        {
            throw Mistake($"'{location}' is no path in a container; give one such as jobs/JOB/savepoints/NAME, or none.", exception);
        }
    }

    /// <summary>The folder of all checkpoints of a job is as good as the job's.</summary>
    private static string OfJob(string path) => path.Split('/') is [Jobs, var job, "checkpoints" or "savepoints"] ? $"{Jobs}/{job}" : path;

    private static (string Root, string Path) Find(string location)
    {
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(location));
        if (System.IO.Path.GetFileName(full) == CheckpointLocation.ManifestFile && File.Exists(full))
        {
            full = System.IO.Path.GetDirectoryName(full)!;
        }

        if (!Directory.Exists(full))
        {
            throw Mistake(
                File.Exists(full)
                    ? $"'{location}' is a file; give the directory that checkpoints are in."
                    : $"There is no directory '{location}'; give a --checkpoint-dir, the folder of a job in it, or that of one checkpoint."
            );
        }

        // .../jobs/JOB/savepoints/NAME: parts of other checkpoints are named from above jobs.
        string path = "";
        string? above = full;
        for (int depth = 0; depth < 4 && above is not null; depth++)
        {
            string name = System.IO.Path.GetFileName(above);
            path = path.Length == 0 ? name : $"{name}/{path}";
            above = System.IO.Path.GetDirectoryName(above);
            if (name == Jobs && above is not null && path.Split('/') is [_] or [_, _] or [_, _, "checkpoints" or "savepoints", ..])
            {
                return (above, OfJob(path));
            }
        }

        if (Directory.Exists(System.IO.Path.Combine(full, Jobs)))
        {
            return (full, "");
        }

        string parent = System.IO.Path.GetDirectoryName(full) ?? full;
        return File.Exists(System.IO.Path.Combine(full, CheckpointLocation.ManifestFile))
            ? (parent, System.IO.Path.GetFileName(full))
            : throw Mistake(
                $"There are no checkpoints in '{location}': it has neither a folder '{Jobs}' nor a '{CheckpointLocation.ManifestFile}'; "
                    + "give a --checkpoint-dir, the folder of a job in it, or that of one checkpoint."
            );
    }
}
