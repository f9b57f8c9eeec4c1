using Microsoft.Win32.SafeHandles;

namespace Millrace.DevBroker.Storage;

/// <summary>
/// The open files of a broker, few of them however many segments there are: the one unused for longest is closed when another is needed.
/// </summary>
internal sealed class FileHandles(int capacity) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<FileSegment, SafeFileHandle> _open = [];
    private long _clock;

    /// <summary>Opens the segment's file, or gives the handle that is open already.</summary>
    public SafeFileHandle Open(FileSegment segment)
    {
        lock (_lock)
        {
            if (segment.Handle is { IsClosed: false } open)
            {
                return open;
            }

            if (_open.Count >= capacity)
            {
                CloseOldest();
            }

            SafeFileHandle handle = OpenFile(segment.Path);
            _open[segment] = handle;
            segment.Handle = handle;
            return handle;
        }
    }

    public long Tick() => Interlocked.Increment(ref _clock);

    /// <summary>Closes the segment's file.</summary>
    public void Close(FileSegment segment)
    {
        lock (_lock)
        {
            _open.Remove(segment);
            segment.Handle?.Dispose();
            segment.Handle = null;
        }
    }

    /// <summary>Keeps the segment's file open whatever else is opened; for files that lose their name while they are read.</summary>
    public void Pin(FileSegment segment)
    {
        lock (_lock)
        {
            Open(segment);
            _open.Remove(segment);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (SafeFileHandle handle in _open.Values)
            {
                handle.Dispose();
            }

            _open.Clear();
        }
    }

    private static SafeFileHandle OpenFile(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (DirectoryNotFoundException)
        {
            // A partition gets its directory with its first batch.
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        }
    }

    private void CloseOldest()
    {
        FileSegment? oldest = null;
        foreach (FileSegment segment in _open.Keys)
        {
            if (oldest is null || segment.LastUse < oldest.LastUse)
            {
                oldest = segment;
            }
        }

        Close(oldest!);
    }
}
