namespace Millrace.DevBroker.Hosting;

/// <summary>Keeps two brokers from using one directory. The lock ends with the process, however that ends.</summary>
internal sealed class DirectoryLock : IAsyncDisposable
{
    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    public static DirectoryLock Take(string directory)
    {
        Directory.CreateDirectory(directory);
        string path = Path.Combine(directory, "broker.lock");
        try
        {
            return new DirectoryLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException failed) when (!IsHeld(failed))
        {
            throw new IOException(
                $"The lock file {path} cannot be opened: {failed.Message} No other broker holds it: make room on its file system and make "
                    + "that writable, or give the broker another directory.",
                failed
            );
        }
        catch (IOException taken)
        {
            throw new IOException(
                $"Directory {directory} is in use by another broker, which holds {path}. Stop that one, or give this one a directory of "
                    + "its own.",
                taken
            );
        }
    }

    // EWOULDBLOCK, or a sharing or lock violation; a full or read-only file system fails otherwise.
    private static bool IsHeld(IOException exception) =>
        OperatingSystem.IsWindows() ? (exception.HResult & 0xFFFF) is 32 or 33 : exception.HResult == (OperatingSystem.IsLinux() ? 11 : 35);

    public ValueTask DisposeAsync() => _file.DisposeAsync();
}
