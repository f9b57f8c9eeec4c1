using System.IO.Pipelines;
using Millrace.DevBroker.Protocol;

namespace Millrace.DevBroker.Storage;

/// <summary>A run of whole batches of a segment, under a lease on it.</summary>
internal sealed class SegmentSlice(Segment segment, int position, int length) : IRecordsSource
{
    private int _disposed;

    public int Length { get; } = length;

    public ValueTask WriteToAsync(PipeWriter output, CancellationToken cancellationToken) =>
        segment.WriteToAsync(output, position, Length, cancellationToken);

    /// <summary>Reads everything at once; for tests and small uses.</summary>
    public byte[] ToArray()
    {
        byte[] bytes = new byte[Length];
        segment.Read(position, bytes);
        return bytes;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            segment.Release();
        }
    }
}
