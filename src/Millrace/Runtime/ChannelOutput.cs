using Millrace.Batches;
using Millrace.Graph;

namespace Millrace.Runtime;

/// <summary>The sending side of an edge in one task: a channel to each receiving task.</summary>
internal abstract class ChannelOutput(InputGate[] gates, int[] channels, int senders, bool copies) : IEdgeOutput
{
    public int Targets => gates.Length;

    public bool CopiesForTargets => copies;

    public int Senders => senders;

    public void BroadcastWatermark(long watermark) => Broadcast(ChannelMessage.OfWatermark(watermark));

    public void BroadcastIdle(bool idle) => Broadcast(ChannelMessage.OfIdle(idle));

    public void BroadcastBarrier(CheckpointBarrier barrier) => Broadcast(ChannelMessage.OfBarrier(barrier));

    public void BroadcastEndOfInput() => Broadcast(ChannelMessage.EndOfInput);

    protected RecordBatch Rent(int target, Func<RecordBatch> create) => gates[target].Rent(channels[target], create);

    protected void Send(int target, ChannelMessage message) => gates[target].Send(channels[target], message);

    private void Broadcast(ChannelMessage message)
    {
        for (int target = 0; target < gates.Length; target++)
        {
            Send(target, message);
        }
    }
}

/// <inheritdoc cref="ChannelOutput"/>
internal sealed class ChannelOutput<T>(
    StreamEdge<T> edge,
    InputGate[] gates,
    int[] channels,
    int senders,
    int batchSize,
    TaskMetrics metrics,
    bool copies
) : ChannelOutput(gates, channels, senders, copies), IEdgeOutput<T>
{
    private readonly Func<RecordBatch> _create = () => edge.CreateBatch(batchSize);

    public RecordBatch<T> Rent(int target) => (RecordBatch<T>)Rent(target, _create);

    public void Send(int target, RecordBatch<T> batch)
    {
        metrics.AddSent(batch.Count);
        Send(target, ChannelMessage.OfBatch(batch));
    }
}
