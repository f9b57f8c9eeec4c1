using System.Globalization;
using System.IO.Compression;

namespace Millrace.Embedded.Hosting;

/// <summary>
/// What is packed in a gzip file, all members of it. <see cref="GZipStream"/> ends without a word where bytes come that begin no member;
/// here that is an
/// <see cref="InvalidDataException"/>, as every damage is, with a message that goes on after "the file is".
/// </summary>
internal sealed class GzipText : Stream
{
    private readonly Packed _packed;
    private readonly GZipStream _gzip;
    private bool _isOver;

    /// <param name="packed">The file; closed with this stream.</param>
    public GzipText(Stream packed)
    {
        _packed = new Packed(packed);
        _gzip = new GZipStream(_packed, CompressionMode.Decompress);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException("The length of packed text is known at its end.");

    public override long Position
    {
        get => throw new NotSupportedException("Packed text is read from front to back.");
        set => throw new NotSupportedException("Packed text is read from front to back.");
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isOver || buffer.IsEmpty)
        {
            return 0;
        }
        int read;
        try
        {
            read = await _gzip.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception damage) when (damage is InvalidDataException || damage.GetType().Namespace == typeof(GZipStream).Namespace)
        {
            bool isCut = damage.Message.Contains("truncated", StringComparison.OrdinalIgnoreCase);
            throw new InvalidDataException(
                isCut
                    ? $"cut off after byte {_packed.Place}"
                    : $"damaged: its gzip data cannot be unpacked, at or before byte {_packed.Place}",
                damage
            );
        }

        if (read > 0)
        {
            return read;
        }
        _isOver = true;

        // Behind a member the next one is looked for, and at the end of the file there is none. Who ends without having seen the end has
        // met something else.
        if (!_packed.IsOver)
        {
            throw new InvalidDataException(
                $"damaged: bytes that are no gzip data follow on some that are, at or before byte {_packed.Place}"
            );
        }
        return 0;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("Packed text is read asynchronously.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("Packed text is read from front to back.");

    public override void SetLength(long value) => throw new NotSupportedException("Packed text is only read.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Packed text is only read.");

    public override void Flush()
    {
        // Nothing is written.
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _gzip.Dispose();
        }
        base.Dispose(disposing);
    }

    /// <summary>The packed bytes, counted.</summary>
    private sealed class Packed(Stream file) : Stream
    {
        private long _place;

        public string Place => _place.ToString(CultureInfo.InvariantCulture);

        /// <summary>Whether somebody was told that there are no more.</summary>
        public bool IsOver { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException("The length of the file is known at its end.");

        public override long Position
        {
            get => throw new NotSupportedException("The file is read from front to back.");
            set => throw new NotSupportedException("The file is read from front to back.");
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = await file.ReadAsync(buffer, cancellationToken);
            IsOver |= read == 0 && !buffer.IsEmpty;
            _place += read;
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException("The file is read asynchronously.");

        public override long Seek(long offset, SeekOrigin origin) =>
            throw new NotSupportedException("The file is read from front to back.");

        public override void SetLength(long value) => throw new NotSupportedException("The file is only read.");

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("The file is only read.");

        public override void Flush()
        {
            // Nothing is written.
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                file.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
