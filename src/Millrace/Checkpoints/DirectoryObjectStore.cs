using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace Millrace.Checkpoints;

/// <summary>
/// Keeps objects as plain files of a directory on a local disk. Several processes may use the directory at once.
/// <para>A put writes a temporary file, then, under a lock between processes, checks the condition and renames: a crash at any point leaves
/// the old object or the new one. The ETag is the file's time of last write, which a put makes strictly later than that of the object it
/// replaces, and its size; so a file needs nothing beside it, and the file system has to keep times to 100 ns, as ext4, xfs, btrfs, tmpfs,
/// APFS and NTFS do.</para>
/// </summary>
public sealed class DirectoryObjectStore : IObjectStore
{
    private const string TemporaryFolder = ".tmp";

    // What is as large as this is not copied.
    private const long MappedFrom = 64L << 20;
    private const string LockFolder = ".locks";
    private static readonly TimeSpan LeftoverAge = TimeSpan.FromMinutes(1);

    private readonly string _root;
    private readonly string _temporary;
    private readonly bool _fsync;
    private readonly TimeProvider _timeProvider;
    private readonly DirectoryLock _lock;

    /// <summary>Opens a directory, creates it when it is not there, and clears temporary files that crashed writers left.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="options">How to write; <see langword="null"/> = the defaults.</param>
    /// <param name="timeProvider">Clock of the files' times and of waits; <see langword="null"/> = the system's.</param>
    public DirectoryObjectStore(string path, DirectoryObjectStoreOptions? options = null, TimeProvider? timeProvider = null)
        : this(path, options, timeProvider, isForReading: false) { }

    private DirectoryObjectStore(string path, DirectoryObjectStoreOptions? options, TimeProvider? timeProvider, bool isForReading)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new DirectoryObjectStoreOptions();
        if (options.LockTimeout < TimeSpan.FromMilliseconds(10) || options.LockTimeout > TimeSpan.FromHours(1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(options),
                options.LockTimeout,
                $"{nameof(options.LockTimeout)} must be 10 milliseconds to 1 hour."
            );
        }

        _root = Path.GetFullPath(path);
        _temporary = Path.Combine(_root, TemporaryFolder);
        _fsync = options.Fsync;
        _timeProvider = timeProvider ?? TimeProvider.System;
        _lock = new DirectoryLock(Path.Combine(_root, LockFolder), options.LockTimeout, _timeProvider);
        if (!isForReading)
        {
            Directory.CreateDirectory(_temporary);
            Directory.CreateDirectory(Path.Combine(_root, LockFolder));
            ClearLeftovers();
        }
    }

    /// <summary>Opens a directory only to read it: nothing is created in it, so it may be read-only or no store at all.</summary>
    internal static DirectoryObjectStore OpenForReading(string path) => new(path, options: null, timeProvider: null, isForReading: true);

    /// <inheritdoc/>
    public async Task<string> PutAsync(
        string name,
        ReadOnlySequence<byte> content,
        PutCondition condition,
        CancellationToken cancellationToken
    )
    {
        string target = PathOf(name);
        cancellationToken.ThrowIfCancellationRequested();
        string temporary = Path.Combine(_temporary, Guid.NewGuid().ToString("n"));
        try
        {
            // The handle stays open across the rename: its lock tells a store that is being opened that the file is no leftover.
            using SafeFileHandle handle = File.OpenHandle(
                temporary,
                FileMode.CreateNew,
                FileAccess.ReadWrite,
                FileShare.Delete,
                FileOptions.Asynchronous,
                content.Length
            );
            long offset = 0;
            foreach (ReadOnlyMemory<byte> segment in content)
            {
                await RandomAccess.WriteAsync(handle, segment, offset, cancellationToken).ConfigureAwait(false);
                offset += segment.Length;
            }

            SetTime(handle, name, _timeProvider.GetUtcNow().UtcDateTime);
            if (_fsync)
            {
                RandomAccess.FlushToDisk(handle);
            }

            using IDisposable held = await _lock.AcquireAsync(name, cancellationToken).ConfigureAwait(false);
            FileInfo? replaced = Exists(target);
            if (condition.FailureFor(name, replaced is null ? null : ETagOf(replaced.LastWriteTimeUtc, replaced.Length)) is { } failure)
            {
                throw failure;
            }

            if (File.GetLastWriteTimeUtc(handle) <= replaced?.LastWriteTimeUtc)
            {
                SetTime(handle, name, replaced.LastWriteTimeUtc.AddTicks(1));
            }

            Rename(temporary, target, cancellationToken);
            return ETagOf(File.GetLastWriteTimeUtc(handle), content.Length);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<StoredObject?> GetAsync(string name, CancellationToken cancellationToken)
    {
        string path = PathOf(name);
        cancellationToken.ThrowIfCancellationRequested();
        SafeFileHandle handle;
        try
        {
            handle = File.OpenHandle(
                path,
                FileMode.Open,
                FileAccess.Read,
                FileShare.Read | FileShare.Delete,
                FileOptions.Asynchronous | FileOptions.SequentialScan
            );
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException exception) when (Directory.Exists(path))
        {
            throw new InvalidDataException(
                $"Object '{name}' is the directory '{path}' instead of a file, which something other than Millrace has made. "
                    + "Remove it, and put the file back if there was one.",
                exception
            );
        }

        // A file is never written after its rename, so the handle sees one version, whatever happens to the name meanwhile.
        using (handle)
        {
            long length = RandomAccess.GetLength(handle);
            if (length > Array.MaxLength)
            {
                throw new IOException(
                    $"Object '{name}' has {length} bytes, more than the {Array.MaxLength} that can be read at once; raise the job's "
                        + "parallelism so that parts get smaller."
                );
            }

            if (length >= MappedFrom)
            {
                return new StoredObject(MappedMemory.Of(handle, (int)length).Memory, ETagOf(File.GetLastWriteTimeUtc(handle), length));
            }

            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
            int read = 0;
            while (read < bytes.Length)
            {
                int count = await RandomAccess.ReadAsync(handle, bytes.AsMemory(read), read, cancellationToken).ConfigureAwait(false);
                if (count == 0)
                {
                    throw new EndOfStreamException(
                        $"Object '{name}' ended after {read} of {length} bytes: something other than Millrace has cut the file '{path}'."
                    );
                }

                read += count;
            }

            return new StoredObject(bytes, ETagOf(File.GetLastWriteTimeUtc(handle), length));
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ObjectNames.ThrowIfInvalidPrefix(prefix);
        cancellationToken.ThrowIfCancellationRequested();
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (string name in Names(prefix))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return name;
        }
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        string path = PathOf(name);
        using IDisposable held = await _lock.AcquireAsync(name, cancellationToken).ConfigureAwait(false);
        try
        {
            File.Delete(path);
            DeleteEmptyFolders(Path.GetDirectoryName(path)!);
        }
        catch (DirectoryNotFoundException)
        {
            // Nothing of that name is there, which is what was asked for.
        }
    }

    private static string ETagOf(DateTime time, long length) => string.Create(CultureInfo.InvariantCulture, $"{time.Ticks:x16}-{length:x}");

    private static FileInfo? Exists(string path) => new FileInfo(path) is { Exists: true } file ? file : null;

    private static void SetTime(SafeFileHandle handle, string name, DateTime time)
    {
        File.SetLastWriteTimeUtc(handle, time);
        DateTime kept = File.GetLastWriteTimeUtc(handle);
        if (kept != time)
        {
            throw new IOException(
                $"Object '{name}' cannot be versioned: the file system kept the time {time:O} as {kept:O}; use a directory on a file "
                    + "system that keeps times to 100 ns."
            );
        }
    }

    private string PathOf(string name)
    {
        ObjectNames.ThrowIfInvalid(name);
        return Path.Combine(_root, name.Replace('/', Path.DirectorySeparatorChar));
    }

    private void Rename(string temporary, string target, CancellationToken cancellationToken)
    {
        string folder = Path.GetDirectoryName(target)!;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool created = !Directory.Exists(folder);
            try
            {
                Directory.CreateDirectory(folder);
                File.Move(temporary, target, overwrite: true);
            }
            catch (Exception exception) when (IsFolderGone(exception, folder) && File.Exists(temporary))
            {
                // A delete of the last object in a folder on the way came in between and took the folder along.
                continue;
            }

            if (_fsync)
            {
                Flush(folder, andParents: created);
            }

            return;
        }
    }

    /// <summary>
    /// Whether a folder was deleted while it was made or moved into. Making it then says that the name is taken, by what was a folder a
    /// moment ago; a file in its place would say so too, and for ever.
    /// </summary>
    private bool IsFolderGone(Exception exception, string folder)
    {
        // EEXIST, ERROR_FILE_EXISTS, ERROR_ALREADY_EXISTS.
        if (exception is not IOException { HResult: 17 or unchecked((int)0x80070050) or unchecked((int)0x800700B7) })
        {
            return exception is DirectoryNotFoundException or FileNotFoundException;
        }

        for (string? part = folder; part?.Length > _root.Length; part = Path.GetDirectoryName(part))
        {
            if (File.Exists(part))
            {
                return false;
            }
        }

        return true;
    }

    private void Flush(string folder, bool andParents)
    {
        try
        {
            DirectorySync.Flush(folder);
            while (andParents && folder.Length > _root.Length)
            {
                folder = Path.GetDirectoryName(folder)!;
                DirectorySync.Flush(folder);
            }
        }
        catch (IOException) when (!Directory.Exists(folder))
        {
            // The object has been deleted since, and its folder with it: there is nothing left to make durable.
        }
    }

    private string[] Names(string prefix)
    {
        string start = Path.Combine(_root, prefix[..(prefix.LastIndexOf('/') + 1)]);
        EnumerationOptions options = new()
        {
            RecurseSubdirectories = true,
            IgnoreInaccessible = true,
            AttributesToSkip = FileAttributes.None,
        };
        string[] names;
        try
        {
            names =
            [
                .. Directory
                    .EnumerateFiles(start, "*", options)
                    .Select(path => Path.GetRelativePath(_root, path).Replace(Path.DirectorySeparatorChar, '/'))
                    .Where(name => name[0] != '.' && name.StartsWith(prefix, StringComparison.Ordinal)),
            ];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }

        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }

    private void DeleteEmptyFolders(string folder)
    {
        while (folder.Length > _root.Length)
        {
            try
            {
                Directory.Delete(folder);
            }
            catch (DirectoryNotFoundException)
            {
                // Another delete was first; its parents may still be to do.
            }
            catch (IOException)
            {
                return;
            }

            folder = Path.GetDirectoryName(folder)!;
        }
    }

    private void ClearLeftovers()
    {
        DateTime before = _timeProvider.GetUtcNow().UtcDateTime - LeftoverAge;
        foreach (string file in Directory.EnumerateFiles(_temporary))
        {
            try
            {
                if (File.GetLastWriteTimeUtc(file) < before)
                {
                    // Fails while the writer has the file open.
                    File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
                    File.Delete(file);
                }
            }
            catch (IOException)
            {
                // Its writer is alive.
            }
        }
    }
}
