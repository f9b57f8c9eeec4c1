using Millrace.Batches;
using Millrace.Durable.Protocol;
using Millrace.Errors;
using Millrace.Graph;
using Millrace.Operators.Windows;
using Millrace.Serialization;

namespace Millrace.Durable.Tasks;

/// <summary>
/// Combines a range's records: one payload per channel and range, which applies whole. Its source is planned.
/// </summary>
internal sealed class PreAggregatingEdgeOutput<T>(
    StreamEdge<T> edge,
    PreAggregation<T> preAggregation,
    int targets,
    SourcePosition position,
    OperatorErrors errors
) : SourceEdgeOutput(edge, targets, position), IEdgeOutput<T>
{
    private readonly RecordBatch<T> _batch = edge.Partitioning.CreateBatch(1);
    private readonly PreAggregator<T>[] _aggregators = [.. Enumerable.Range(0, targets).Select(_ => preAggregation.CreateAggregator())];
    private readonly ChannelSender?[] _senders = new ChannelSender?[targets];
    private readonly DataWriter _payload = new();
    private OffsetRange _range;
    private ICollection<Envelope> _envelopes = [];

    public override void Begin(OffsetRange range, Func<int, ChannelSender> senderOf, ICollection<Envelope> envelopes)
    {
        (_range, _envelopes) = (range, envelopes);
        for (int target = 0; target < _aggregators.Length; target++)
        {
            // An attempt that failed may have left something.
            _aggregators[target].Clear();
            _senders[target] = senderOf(target);
        }
    }

    public RecordBatch<T> Rent(int target)
    {
        _batch.Clear();
        return _batch;
    }

    public void Send(int target, RecordBatch<T> batch)
    {
        try
        {
            _aggregators[target].Add(batch);
        }
        catch (Exception failure) when (errors.Concerns(failure))
        {
            // The batch holds one record.
            errors.OnRecord(failure, batch.Values[0], batch.Timestamps[0], row: 0);
        }
    }

    public override void Complete(long watermark)
    {
        for (int target = 0; target < _aggregators.Length; target++)
        {
            if (!_aggregators[target].IsEmpty)
            {
                _payload.Clear();
                _aggregators[target].WriteTo(_payload);
                _aggregators[target].Clear();
                _senders[target]!.Send(PayloadKind.Whole, _range.From, _range.To, _payload.ToArray(), watermark, _envelopes);
            }
        }
    }
}
