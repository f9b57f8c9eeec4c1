using System.Buffers;

namespace Millrace.Connectors;

/// <summary>A part that is being written.</summary>
internal sealed class FilePart : IDisposable
{
    private const int FlushAt = 64 * 1024;

    private readonly FileStream _stream;
    private readonly ArrayBufferWriter<byte> _buffer = new(FlushAt + 4096);

    /// <summary>Opens a new file.</summary>
    /// <param name="name">Its final name, relative to the sink's path.</param>
    /// <param name="file">Where it is written.</param>
    /// <param name="now">The time, in ticks of the job's clock.</param>
    public FilePart(string name, string file, long now)
    {
        Name = name;
        Opened = now;
        LastWritten = now;
        _stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    public string Name { get; }

    public long Opened { get; }

    public long LastWritten { get; set; }

    public long Length => _stream.Position + _buffer.WrittenCount;

    /// <summary>Takes records; <see cref="FlushIfFull"/> after each.</summary>
    public IBufferWriter<byte> Buffer => _buffer;

    public void FlushIfFull()
    {
        if (_buffer.WrittenCount >= FlushAt)
        {
            Flush();
        }
    }

    /// <summary>Takes back what a record left behind whose encoder threw.</summary>
    /// <param name="length">The length before it.</param>
    public void Undo(long length)
    {
        byte[] kept = _buffer.WrittenSpan[..(int)(length - _stream.Position)].ToArray();
        _buffer.ResetWrittenCount();
        _buffer.Write(kept);
    }

    /// <summary>Returns when everything is on the disk.</summary>
    public void Sync()
    {
        Flush();
        _stream.Flush(flushToDisk: true);
    }

    public void Dispose() => _stream.Dispose();

    private void Flush()
    {
        _stream.Write(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
    }
}
