namespace Millrace.Embedded.Hosting;

/// <summary>A directory that goes with this object.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public TemporaryDirectory() => FullName = Directory.CreateTempSubdirectory("millrace-").FullName;

    public string FullName { get; }

    public string this[string name] => Path.Combine(FullName, name);

    public void Dispose()
    {
        try
        {
            Directory.Delete(FullName, recursive: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // What cannot be deleted now is in the system's temporary directory, which it cleans itself.
        }
    }
}
