using Millrace.Batches;
using Millrace.Durable.Protocol;
using Millrace.Graph;
using Millrace.Serialization;

namespace Millrace.Durable.Tasks;

/// <summary>The sending side of an edge in a source task.</summary>
internal abstract class SourceEdgeOutput(StreamEdge edge, int targets, SourcePosition position) : IEdgeOutput
{
    public StreamEdge Edge => edge;

    public int Targets => targets;

    public long Position => position.Value;

    /// <summary>Begins a range of offsets.</summary>
    /// <param name="range">The range.</param>
    /// <param name="senderOf">The sending end of the channel to a target.</param>
    /// <param name="envelopes">Where envelopes go.</param>
    public abstract void Begin(OffsetRange range, Func<int, ChannelSender> senderOf, ICollection<Envelope> envelopes);

    /// <summary>Sends what is left, with the watermark after the range.</summary>
    public abstract void Complete(long watermark);

    public void BroadcastWatermark(long watermark)
    {
        // Envelopes and ticks carry the partition's watermark.
    }

    public void BroadcastIdle(bool idle)
    {
        // Ticks tell of idle partitions.
    }
}

/// <summary>Every record goes into its channel's envelopes under the offset it came from.</summary>
internal sealed class RecordEdgeOutput<T>(StreamEdge<T> edge, int targets, SourcePosition position)
    : SourceEdgeOutput(edge, targets, position),
        IEdgeOutput<T>
{
    private readonly EdgeCodec<T> _codec = new(TypeSerializers.For<T>());
    private readonly RecordBatch<T> _batch = edge.Partitioning.CreateBatch(1);
    private readonly DataWriter _record = new();
    private readonly RecordPayloadWriter?[] _writers = new RecordPayloadWriter?[targets];

    public override void Begin(OffsetRange range, Func<int, ChannelSender> senderOf, ICollection<Envelope> envelopes)
    {
        for (int target = 0; target < _writers.Length; target++)
        {
            _writers[target] = new RecordPayloadWriter(senderOf(target), envelopes);
        }
    }

    public override void Complete(long watermark)
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
            _writers[target]!.Add(Position, _record.WrittenSpan);
        }
    }
}
