using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Millrace.DevBroker.Protocol;
using Millrace.DevBroker.Storage;

namespace Millrace.DevBroker.Journals;

/// <summary>
/// A journal in a file of frames <c>{length, checksum, changes}</c>. A torn frame at the end is cut off at the start. When most of the file
/// is out of date, the living entries are written to a new file that takes its place.
/// </summary>
internal sealed class FileJournal : IJournal, IDisposable
{
    private const int FrameOverhead = 8;
    private const int RewriteAtLeast = 1024 * 1024;
    private const int EntriesPerFrame = 1000;

    // Configuration.
    private readonly string _path;
    private readonly bool _fsync;
    private readonly ILogger _logger;
    private readonly DiskFlusher _flusher;

    // On the disk.
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, byte[]> _entries = new(StringComparer.Ordinal);
    private SafeFileHandle _file;
    private long _length;

    // Of this run only.
    private readonly MessageWriter _writer = new();
    private long _living;
    private bool _disposed;

    public FileJournal(string path, bool fsync, ILogger logger)
    {
        _path = path;
        _fsync = fsync;
        _logger = logger;
        _flusher = new DiskFlusher(Flush);
        _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite);
        Recover();
    }

    public IReadOnlyList<KeyValuePair<string, byte[]>> Entries()
    {
        lock (_lock)
        {
            return [.. _entries];
        }
    }

    public ValueTask WriteAsync(IReadOnlyList<KeyValuePair<string, byte[]?>> changes, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            Append(changes);
            foreach ((string key, byte[]? value) in changes)
            {
                Apply(key, value);
            }

            if (_length > RewriteAtLeast && _length > 4 * _living)
            {
                Rewrite();
            }
        }

        return _fsync ? new ValueTask(_flusher.FlushAsync()) : ValueTask.CompletedTask;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            _file.Dispose();
            _writer.Dispose();
        }
    }

    private void Flush()
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                RandomAccess.FlushToDisk(_file);
            }
        }
    }

    private void Recover()
    {
        long fileLength = RandomAccess.GetLength(_file);
        byte[] bytes = new byte[fileLength];
        int read = 0;
        while (read < bytes.Length)
        {
            int count = RandomAccess.Read(_file, bytes.AsSpan(read), read);
            if (count == 0)
            {
                break;
            }

            read += count;
        }

        int position = 0;
        MessageReader reader = new();
        while (TryFrame(bytes, position, out int length))
        {
            reader.Reset(bytes.AsMemory(position + FrameOverhead, length));
            JournalFrame frame = new();
            new Wire(reader).Body(ref frame, 0, flexible: false);
            foreach (JournalEntry entry in frame.Entries!)
            {
                Apply(entry.Key, entry.IsRemoved ? null : entry.Value.ToArray());
            }

            position += FrameOverhead + length;
        }

        _length = position;
        if (position == fileLength)
        {
            return;
        }

        Log.TornJournal(_logger, _path, fileLength - position);
        RandomAccess.SetLength(_file, position);
    }

    private static bool TryFrame(byte[] bytes, int position, out int length)
    {
        length = 0;
        if (bytes.Length - position < FrameOverhead)
        {
            return false;
        }

        length = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(position));
        if (length < 0 || length > bytes.Length - position - FrameOverhead)
        {
            return false;
        }

        uint checksum = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(position + sizeof(int)));
        return checksum == Crc32C.Compute(bytes.AsSpan(position + FrameOverhead, length));
    }

    private void Append(IReadOnlyList<KeyValuePair<string, byte[]?>> changes)
    {
        WriteFrame(_file, _length, changes);
        _length += _writer.Written.Length;
    }

    private void WriteFrame(SafeFileHandle file, long position, IReadOnlyList<KeyValuePair<string, byte[]?>> changes)
    {
        JournalFrame frame = new();
        foreach ((string key, byte[]? value) in changes)
        {
            frame.Entries!.Add(
                new JournalEntry
                {
                    Key = key,
                    IsRemoved = value is null,
                    Value = value,
                }
            );
        }

        _writer.Reset();
        _writer.Int64(0);
        new Wire(_writer).Body(ref frame, 0, flexible: false);
        ReadOnlySpan<byte> body = _writer.Written.Span[FrameOverhead..];
        _writer.PatchInt32(0, body.Length);
        _writer.PatchInt32(sizeof(int), (int)Crc32C.Compute(body));
        RandomAccess.Write(file, _writer.Written.Span, position);
    }

    private void Apply(string key, byte[]? value)
    {
        if (_entries.TryGetValue(key, out byte[]? before))
        {
            _living -= Size(key, before);
            _entries.Remove(key);
        }

        if (value is null)
        {
            return;
        }

        _entries[key] = value;
        _living += Size(key, value);
    }

    private static long Size(string key, byte[] value) => key.Length + value.Length + 7L;

    private void Rewrite()
    {
        string aside = _path + ".new";
        SafeFileHandle file = File.OpenHandle(aside, FileMode.Create, FileAccess.ReadWrite);
        long length = 0;
        foreach (
            KeyValuePair<string, byte[]?>[] part in _entries
                .Select(e => new KeyValuePair<string, byte[]?>(e.Key, e.Value))
                .Chunk(EntriesPerFrame)
        )
        {
            WriteFrame(file, length, part);
            length += _writer.Written.Length;
        }

        if (_fsync)
        {
            RandomAccess.FlushToDisk(file);
        }

        File.Move(aside, _path, overwrite: true);
        _file.Dispose();
        _file = file;
        _length = length;
    }
}

/// <summary>The changes of one write, which count together or not at all.</summary>
internal sealed class JournalFrame : IMessage
{
    public List<JournalEntry>? Entries = [];

    public void Describe(Wire wire) => wire.Array(ref Entries);
}

/// <summary>One change in a journal's file.</summary>
internal struct JournalEntry : IMessage
{
    public string Key;
    public bool IsRemoved;
    public ReadOnlyMemory<byte> Value;

    public void Describe(Wire wire)
    {
        wire.String(ref Key);
        wire.Boolean(ref IsRemoved);
        wire.Bytes(ref Value);
    }
}
