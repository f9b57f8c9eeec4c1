namespace Millrace.Embedded.Hosting;

/// <summary>
/// A file that others append to: at its end it waits for more, as <c>tail -F</c> does, and ends only when it is told to. A file that has
/// become shorter was truncated or replaced and is read from its beginning.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="time">The clock.</param>
/// <param name="stop">Ends the file.</param>
internal sealed class FollowingStream(string path, TimeProvider time, CancellationToken stop) : Stream
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private FileStream _file = Open(path);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException("A file that is followed has no end.");

    public override long Position
    {
        get => _file.Position;
        set => throw new NotSupportedException("A file that is followed is read from front to back.");
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using PeriodicTimer timer = new(Interval, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stop);
        while (!stop.IsCancellationRequested)
        {
            int read = await _file.ReadAsync(buffer, cancellationToken);
            if (read > 0)
            {
                return read;
            }

            if (WasReplaced())
            {
                await _file.DisposeAsync();
                _file = Open(path);
                continue;
            }

            try
            {
                await timer.WaitForNextTickAsync(either.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
        }

        return 0;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("A file that is followed is read asynchronously.");

    public override long Seek(long offset, SeekOrigin origin) =>
        throw new NotSupportedException("A file that is followed is read from front to back.");

    public override void SetLength(long value) => throw new NotSupportedException("A file that is followed is only read.");

    public override void Write(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("A file that is followed is only read.");

    public override void Flush()
    {
        // Nothing is written.
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
        }

        base.Dispose(disposing);
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private bool WasReplaced() => new FileInfo(path) is { Exists: true } file && file.Length < _file.Position;
}
