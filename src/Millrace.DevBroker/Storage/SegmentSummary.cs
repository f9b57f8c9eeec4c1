using Millrace.DevBroker.Protocol;

namespace Millrace.DevBroker.Storage;

/// <summary>
/// What is known at the end of a segment, written when it is sealed or closed, so that it need not be read again at a start. It counts only
/// if the segment has exactly the size that stands here.
/// </summary>
internal sealed class SegmentSummary : IMessage
{
    public int Size;
    public long LastOffset;
    public long MaxTimestamp;
    public long OffsetOfMaxTimestamp;
    public List<SparseIndex.Entry>? Index = [];

    /// <summary>Transactions whose abort marker is in this segment.</summary>
    public List<AbortedTransaction>? Aborted = [];

    /// <summary>All producers and epochs of the log up to the end of this segment.</summary>
    public List<ProducerState>? Producers = [];
    public List<LeaderEpochs.Entry>? Epochs = [];

    public void Describe(Wire wire)
    {
        wire.Int32(ref Size);
        wire.Int64(ref LastOffset);
        wire.Int64(ref MaxTimestamp);
        wire.Int64(ref OffsetOfMaxTimestamp);
        wire.Array(ref Index);
        wire.Array(ref Aborted);
        wire.Array(ref Producers);
        wire.Array(ref Epochs);
    }
}
