using System.IO.Pipelines;

namespace Millrace.DevBroker.Storage;

/// <summary>
/// A stretch of a partition's log: active (appended to by the partition's single writer) -> sealed (only read) -> released (removed from
/// the log, gone when its last reader is). Whoever reads holds a lease; the log itself holds the first one.
/// </summary>
internal abstract class Segment(long baseOffset)
{
    private int _leases = 1;
    private volatile int _size;

    public long BaseOffset { get; } = baseOffset;

    /// <summary>Bytes that are valid; readers never look further.</summary>
    public int Size
    {
        get => _size;
        private set => _size = value;
    }

    /// <summary>Last offset of the segment, below <see cref="BaseOffset"/> while it is empty.</summary>
    public long LastOffset { get; private set; } = baseOffset - 1;

    public long MaxTimestamp { get; private set; } = -1;

    /// <summary>First offset of the batch that brought <see cref="MaxTimestamp"/>.</summary>
    public long OffsetOfMaxTimestamp { get; private set; } = -1;

    /// <summary>When the first batch came, in Unix milliseconds; -1 while unknown.</summary>
    public long FirstAppendTime { get; set; } = -1;

    public SparseIndex Index { get; } = new();

    /// <summary>Appends a batch whose place is set. If this throws, the segment is as it was.</summary>
    public void Append(ReadOnlySpan<byte> batch, in BatchHeader header)
    {
        Write(Size, batch);
        Account(header, batch.Length);
    }

    /// <summary>Takes note of a batch that stands at the end of the valid bytes.</summary>
    public void Account(in BatchHeader header, int bytes)
    {
        Index.Add(header.BaseOffset, Size, MaxTimestamp);
        if (header.MaxTimestamp > MaxTimestamp)
        {
            MaxTimestamp = header.MaxTimestamp;
            OffsetOfMaxTimestamp = header.BaseOffset;
        }

        LastOffset = header.LastOffset;
        Size += bytes;
    }

    /// <summary>Takes over what a summary says instead of scanning the segment.</summary>
    public void Load(SegmentSummary summary)
    {
        Index.Load(summary.Index!);
        LastOffset = summary.LastOffset;
        MaxTimestamp = summary.MaxTimestamp;
        OffsetOfMaxTimestamp = summary.OffsetOfMaxTimestamp;
        Size = summary.Size;
    }

    /// <summary>Keeps the last offset of what was compacted into this segment, even where its record is gone.</summary>
    public void ExtendTo(long lastOffset) => LastOffset = Math.Max(LastOffset, lastOffset);

    public bool TryLease()
    {
        int leases = Volatile.Read(ref _leases);
        while (leases > 0)
        {
            int before = Interlocked.CompareExchange(ref _leases, leases + 1, leases);
            if (before == leases)
            {
                return true;
            }

            leases = before;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _leases) == 0)
        {
            Close();
        }
    }

    /// <summary>Fills the destination from valid bytes.</summary>
    public abstract void Read(int position, Span<byte> destination);

    public abstract ValueTask WriteToAsync(PipeWriter output, int position, int length, CancellationToken cancellationToken);

    /// <summary>Brings what was appended to the disk.</summary>
    public abstract void Flush();

    /// <summary>Cuts off what stands behind the valid bytes.</summary>
    public abstract void DropTail();

    /// <summary>Removes the segment's storage for good. Readers that hold a lease can go on.</summary>
    public abstract void Delete();

    protected abstract void Write(int position, ReadOnlySpan<byte> bytes);

    /// <summary>The last lease is gone.</summary>
    protected abstract void Close();
}
