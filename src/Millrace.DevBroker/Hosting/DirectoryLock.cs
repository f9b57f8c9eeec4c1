namespace Millrace.DevBroker.Hosting;

/// <summary>Keeps two brokers from using one directory. The lock ends with the process, however that ends.</summary>
internal sealed class DirectoryLock : IAsyncDisposable
{
    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    public static DirectoryLock Take(string directory)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, "broker.lock");
        try
        {
            return new DirectoryLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException taken)
        {
            throw new IOException($"Directory {directory} is in use by another broker, which holds {path}. Stop that one, or give this one a directory of its own.", taken);
        }
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();
}
