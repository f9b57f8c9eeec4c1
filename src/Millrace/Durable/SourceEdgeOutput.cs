using Millrace.Batches;
using Millrace.Graph;
using Millrace.Ledger;
using Millrace.Serialization;

namespace Millrace.Durable;

/// <summary>
/// The sending side of an edge in a source task: every record goes into its channel's envelopes under the offset it came from.
/// </summary>
internal sealed class SourceEdgeOutput<T>(StreamEdge<T> edge, int targets, SourcePosition position)
    : IEdgeOutput<T>,
        IPositionedOutput,
        ISourceEdgeOutput
{
    private readonly EdgeCodec<T> _codec = new(TypeSerializers.For<T>());
    private readonly RecordBatch<T> _batch = edge.Partitioning.CreateBatch(1);
    private readonly DataWriter _record = new();
    private readonly RecordPayloadWriter?[] _writers = new RecordPayloadWriter?[targets];

    public int Targets => targets;

    public long Position => position.Value;

    public StreamEdge Edge => edge;

    public void Begin(OffsetRange range, Func<int, ChannelSender> senderOf, ICollection<Envelope> envelopes)
    {
        for (int target = 0; target < targets; target++)
        {
            _writers[target] = new RecordPayloadWriter(senderOf(target), envelopes);
        }
    }

    public void Complete(long watermark)
    {
        foreach (RecordPayloadWriter? writer in _writers)
        {
            writer!.Complete(watermark);
        }
    }

    public RecordBatch<T> Rent(int target)
    {
        _batch.Clear();
        return _batch;
    }

    public void Send(int target, RecordBatch<T> batch)
    {
        ReadOnlySpan<T> values = batch.Values;
        for (int i = 0; i < values.Length; i++)
        {
            _record.Clear();
            _codec.Write(values[i], batch.Timestamps[i], _record);
            _writers[target]!.Add(position.Value, _record.WrittenSpan);
        }
    }

    public void BroadcastWatermark(long watermark)
    {
        // Envelopes and ticks carry the partition's watermark.
    }

    public void BroadcastIdle(bool idle)
    {
        // Ticks tell of idle partitions.
    }
}
