using Millrace.Batches;
using Millrace.Graph;

namespace Millrace.Runtime;

/// <summary>The sending side of an edge in one task: a channel to each receiving task.</summary>
internal sealed class ChannelOutput<T> : IEdgeOutput<T>, IRescaleOutput, IChannelOutput
{
    private readonly InputGate[] _gates;
    private readonly int[] _channels;
    private readonly Func<RecordBatch> _create;
    private readonly TaskMetrics _metrics;

    public ChannelOutput(
        StreamEdge<T> edge,
        InputGate[] gates,
        int[] channels,
        int sourceTasks,
        int batchSize,
        TaskMetrics metrics,
        bool copies
    )
    {
        _gates = gates;
        _channels = channels;
        _metrics = metrics;
        SourceTasks = sourceTasks;
        CopiesForTargets = copies;
        _create = () => edge.CreateBatch(batchSize);
    }

    public int Targets => _gates.Length;

    public bool CopiesForTargets { get; }

    public int SourceTasks { get; }

    public RecordBatch<T> Rent(int target) => (RecordBatch<T>)_gates[target].Rent(_channels[target], _create);

    public void Send(int target, RecordBatch<T> batch)
    {
        _metrics.AddSent(batch.Count);
        _gates[target].Send(_channels[target], ChannelMessage.OfBatch(batch));
    }

    public void BroadcastWatermark(long watermark) => Broadcast(ChannelMessage.OfWatermark(watermark));

    public void BroadcastIdle(bool idle) => Broadcast(ChannelMessage.OfIdle(idle));

    public void BroadcastBarrier(long checkpointId) => Broadcast(ChannelMessage.OfBarrier(checkpointId));

    public void BroadcastEndOfInput() => Broadcast(ChannelMessage.EndOfInput);

    private void Broadcast(ChannelMessage message)
    {
        for (int target = 0; target < _gates.Length; target++)
        {
            _gates[target].Send(_channels[target], message);
        }
    }
}
