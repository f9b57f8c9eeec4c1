using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Millrace.Checkpoints;

namespace Millrace.Connectors;

/// <summary>The files of a file sink: where parts are written, how they are finished and removed.</summary>
internal sealed class FileParts(string path, string jobName, string uid)
{
    private const string InProgressMark = ".inprogress.";

    // Several sinks may write below one path: each knows its own by this.
    private readonly string _ending =
        InProgressMark + XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{jobName}/{uid}")).ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>
    /// The name of a part, relative to the path. The number of its task is in it, so that each task knows what to clear away.
    /// </summary>
    public static string NameOf(string bucket, string prefix, int taskIndex, string run, long number, string suffix) =>
        Path.Combine(bucket, string.Create(CultureInfo.InvariantCulture, $"{prefix}-{taskIndex}-{run}-{number}{suffix}"));

    public FilePart Open(string name, long now)
    {
        string file = InProgressFileOf(name);
        string full = Path.GetFullPath(file);
        if (!full.StartsWith(path + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new InvalidOperationException(
                $"A bucket of the file sink of '{path}' leads to '{full}', expected a directory below; have the bucket assigner return "
                    + "relative paths without '..'."
            );
        }

        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        return new FilePart(name, full, now);
    }

    /// <summary>Makes a part visible under its name, cut to a length. Idempotent.</summary>
    public void Finish(string name, long length)
    {
        string target = Path.Combine(path, name);
        FileInfo part = new(InProgressFileOf(name));
        if (!part.Exists)
        {
            FileInfo finished = new(target);
            if (!finished.Exists || finished.Length != length)
            {
                throw new IOException(
                    $"Part '{target}' {(finished.Exists ? $"was finished with {finished.Length} bytes" : "is gone")}, expected {length} "
                        + "bytes; the checkpoint is older than the files, or they were changed. Restore the last checkpoint, or write to "
                        + "another path."
                );
            }

            return;
        }

        if (part.Length < length)
        {
            throw new IOException(
                $"Part '{part.FullName}' has {part.Length} bytes, expected at least {length}; the file was changed. Write to another path, "
                    + "or restore a checkpoint from before."
            );
        }

        if (part.Length > length)
        {
            using FileStream stream = new(part.FullName, FileMode.Open, FileAccess.Write);
            stream.SetLength(length);
            stream.Flush(flushToDisk: true);
        }

        File.Move(part.FullName, target);
    }

    /// <summary>Makes finished parts durable: their names, and those of new directories on the way.</summary>
    public void Sync(IEnumerable<string> names)
    {
        HashSet<string> directories = new(StringComparer.Ordinal);
        foreach (string name in names)
        {
            for (
                string? directory = Path.GetDirectoryName(Path.Combine(path, name));
                directory is not null && directory.Length >= path.Length;
                directory = Path.GetDirectoryName(directory)
            )
            {
                directories.Add(directory);
            }
        }

        foreach (string directory in directories)
        {
            DirectorySync.Flush(directory);
        }
    }

    /// <summary>Removes what tasks of earlier runs left in progress.</summary>
    /// <param name="isMine">Whether the parts of a task, by its number then, are to be removed by this one.</param>
    /// <param name="prefix">How names of parts begin.</param>
    public void Clear(Predicate<int> isMine, string prefix)
    {
        if (!Directory.Exists(path))
        {
            return;
        }

        foreach (
            string file in Directory.EnumerateFiles(
                path,
                "." + prefix + "-*" + _ending,
                new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }
            )
        )
        {
            ReadOnlySpan<char> rest = Path.GetFileName(file.AsSpan())[(prefix.Length + 2)..];
            int end = rest.IndexOf('-');
            if (end > 0 && int.TryParse(rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out int task) && isMine(task))
            {
                File.Delete(file);
            }
        }
    }

    private string InProgressFileOf(string name) =>
        Path.Combine(path, Path.GetDirectoryName(name) ?? "", "." + Path.GetFileName(name) + _ending);
}
