using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Millrace.Checkpoints;

/// <summary>
/// Chunks of files: what is written to them takes memory only as long as the system has nothing better to do with it. The room on disk is
/// reserved beforehand, so that a full disk is an error here and not the end of the process. Thread-safe.
/// </summary>
/// <param name="directory">Where the files are, until the last chunk is back after <see cref="Dispose"/>.</param>
internal sealed class MappedChunks(string directory) : IDisposable
{
    /// <summary>Bytes of a chunk.</summary>
    public const int ChunkSize = 64 * 1024;

    private const int FirstFileSize = 1024 * 1024;
    private const int MaxFileSize = 64 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly Stack<Memory<byte>> _free = [];
    private readonly List<MappedMemory> _files = [];
    private int _rented;
    private int _nextFileSize = FirstFileSize;
    private bool _isDisposed;

    /// <summary>A chunk, with whatever is in it.</summary>
    /// <exception cref="StateDiskException">The disk has no room.</exception>
    public Memory<byte> Rent()
    {
        lock (_lock)
        {
            if (_free.Count == 0)
            {
                AddFile();
            }

            _rented++;
            return _free.Pop();
        }
    }

    public void Return(Memory<byte> chunk)
    {
        lock (_lock)
        {
            _free.Push(chunk);
            _rented--;
            CloseIfUnused();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            CloseIfUnused();
        }
    }

    private void CloseIfUnused()
    {
        if (!_isDisposed || _rented > 0)
        {
            return;
        }

        _free.Clear();
        foreach (IDisposable file in _files)
        {
            file.Dispose();
        }

        _files.Clear();
    }

    private void AddFile()
    {
        int size = _nextFileSize;
        string path = Path.Combine(directory, $"{Guid.NewGuid():n}.part");
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            PreallocationSize = size,
            Options = FileOptions.DeleteOnClose,
        };
        FileStream file;
        try
        {
            Directory.CreateDirectory(directory);
            file = new FileStream(path, options);
        }
        catch (IOException exception)
        {
            throw new StateDiskException(
                $"A checkpoint needs {size >> 20} MB more in '{directory}', and there they are not to be had: {exception.Message} Make "
                    + "room on its disk; the job goes on from the last complete checkpoint.",
                exception
            );
        }

        file.SetLength(size);
        MappedMemory memory = MappedMemory.Of(file, size);
        _files.Add(memory);
        _nextFileSize = Math.Min(size * 2, MaxFileSize);
        for (int offset = size - ChunkSize; offset >= 0; offset -= ChunkSize)
        {
            _free.Push(memory.Memory.Slice(offset, ChunkSize));
        }
    }
}

/// <summary>A file as memory: the system reads it when it is looked at, and lets go of it when memory is short.</summary>
internal sealed unsafe partial class MappedMemory : MemoryManager<byte>
{
    // POSIX_MADV_RANDOM.
    private const int Random = 1;

    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly int _length;
    private bool _isDisposed;

    private MappedMemory(MemoryMappedFile map, MemoryMappedFileAccess access, int length)
    {
        _map = map;
        _view = map.CreateViewAccessor(0, length, access);
        _length = length;
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _start = start + _view.PointerOffset;
        if (access == MemoryMappedFileAccess.ReadWrite && !OperatingSystem.IsWindows())
        {
            // It is written: what is read ahead of it is thrown away, and where memory is short, read again and again. Only an advice.
            _ = PosixMadvise(_start, (nuint)length, Random);
        }
    }

    // Whoever reads a part keeps it as memory, and does not say when it is done. Spans of it are taken from what a run keeps until it ends.
#pragma warning disable CA2015
    ~MappedMemory() => Dispose(disposing: false);
#pragma warning restore CA2015

    /// <summary>All of a file, to be read and written; the file is its own from then on.</summary>
    public static MappedMemory Of(FileStream file, int length) =>
        new(
            MemoryMappedFile.CreateFromFile(
                file,
                mapName: null,
                length,
                MemoryMappedFileAccess.ReadWrite,
                HandleInheritability.None,
                leaveOpen: false
            ),
            MemoryMappedFileAccess.ReadWrite,
            length
        );

    /// <summary>All of a file, to be read.</summary>
    public static MappedMemory Of(Microsoft.Win32.SafeHandles.SafeFileHandle file, int length) =>
        new(
            MemoryMappedFile.CreateFromFile(
                file,
                mapName: null,
                length,
                MemoryMappedFileAccess.Read,
                HandleInheritability.None,
                leaveOpen: true
            ),
            MemoryMappedFileAccess.Read,
            length
        );

    [LibraryImport("libc", EntryPoint = "posix_madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int PosixMadvise(byte* address, nuint length, int advice);

    public override Span<byte> GetSpan() => new(_start, _length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(_start + elementIndex);

    public override void Unpin() { }

    protected override void Dispose(bool disposing)
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }
}

/// <summary>The disk below the state cannot be written or read: whatever it is met in, no function of the user's is at fault.</summary>
internal sealed class StateDiskException(string message, Exception innerException) : IOException(message, innerException);
