using System.IO.Pipelines;
using Microsoft.Win32.SafeHandles;

namespace Millrace.DevBroker.Storage;

/// <summary>A segment in a file, which is created by the first write and open only while it is used.</summary>
internal sealed class FileSegment(long baseOffset, string path, FileHandles handles) : Segment(baseOffset)
{
    private const int CopyBytes = 128 * 1024;

    public string Path { get; } = path;

    /// <summary>Owned by <see cref="FileHandles"/>.</summary>
    public SafeFileHandle? Handle { get; set; }

    public long LastUse { get; private set; }

    public override void Read(int position, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            int count = WithHandle(destination, position, static (handle, target, at) => RandomAccess.Read(handle, target, at));
            if (count == 0)
            {
                ThrowShort(position);
            }

            position += count;
            destination = destination[count..];
        }
    }

    public override async ValueTask WriteToAsync(PipeWriter output, int position, int length, CancellationToken cancellationToken)
    {
        while (length > 0)
        {
            int count = Math.Min(length, CopyBytes);
            Read(position, output.GetMemory(count).Span[..count]);
            output.Advance(count);
            position += count;
            length -= count;
            if (length > 0)
            {
                await output.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public override void Flush()
    {
        if (Size > 0)
        {
            WithHandle([], 0, static (handle, _, _) => Flush(handle));
        }
    }

    public override void DropTail() => WithHandle([], Size, static (handle, _, size) => SetLength(handle, size));

    public override void Delete()
    {
        handles.Pin(this);
        File.Delete(Path);
    }

    /// <summary>Keeps readers on the file that is here now, before another takes its name.</summary>
    public void Detach() => handles.Pin(this);

    protected override unsafe void Write(int position, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            // The delegate below takes a writable span; it does not write.
            WithHandle(new Span<byte>(start, bytes.Length), position, static (handle, source, at) => WriteAll(handle, source, at));
        }
    }

    protected override void Close() => handles.Close(this);

    private static int WriteAll(SafeFileHandle handle, Span<byte> source, long at)
    {
        RandomAccess.Write(handle, source, at);
        return source.Length;
    }

    private static int Flush(SafeFileHandle handle)
    {
        RandomAccess.FlushToDisk(handle);
        return 0;
    }

    private static int SetLength(SafeFileHandle handle, long size)
    {
        RandomAccess.SetLength(handle, size);
        return 0;
    }

    private void ThrowShort(int position) =>
        throw new IOException(
            $"Segment {Path} ends at {position}, but {Size} bytes were written. Has another program changed it? Delete the broker's "
                + "directory to start afresh."
        );

    private delegate int FileAction(SafeFileHandle handle, Span<byte> buffer, long position);

    /// <summary>Runs an action on the open file; once more if the handle was closed for another file's sake just then.</summary>
    private int WithHandle(Span<byte> buffer, long position, FileAction action)
    {
        LastUse = handles.Tick();
        while (true)
        {
            SafeFileHandle handle = Handle is { IsClosed: false } open ? open : handles.Open(this);
            try
            {
                return action(handle, buffer, position);
            }
            catch (ObjectDisposedException) when (handle.IsClosed)
            {
                LastUse = handles.Tick();
            }
        }
    }
}
