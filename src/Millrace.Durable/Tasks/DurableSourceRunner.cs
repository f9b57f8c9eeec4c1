using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Millrace.Errors;
using Millrace.Graph;
using Millrace.Operators;
using Millrace.Operators.Windows;
using Millrace.Time;

namespace Millrace.Durable.Tasks;

/// <summary>
/// Runs the chain of one source partition over ranges of offsets, for a <see cref="PartitionTask"/>'s step
/// <see cref="SourceAction.Process"/>.
/// Deterministic: the same range from the same ledger gives the same envelopes under the same positions. One call at a time.
/// </summary>
internal sealed class DurableSourceRunner : IStageHost, IDurableSinkTarget, IAsyncDisposable
{
    private readonly DurableJobPlan _plan;
    private readonly Stage _stage;
    private readonly int _upstream;
    private readonly SourcePosition _position = new();
    private readonly TaskErrors _errors;
    private readonly RecordSplit _split;
    private readonly List<SourceEdgeOutput> _outputs = [];
    private readonly List<SourceSinkRecord> _sinkRecords = [];
    private readonly StageInstance _instance;
    private readonly IDurableSourceDriver _driver;
    private readonly IWatermarkAssigner _watermarks;
    private long _indexedPosition = -1;
    private int _index;

    /// <param name="plan">The job.</param>
    /// <param name="stage">The source stage.</param>
    /// <param name="upstream">Number of the partition among the stage's channels (<see cref="DurableJobPlan.UpstreamOf"/>).</param>
    /// <param name="services">Clock, logs and cancellation.</param>
    public DurableSourceRunner(DurableJobPlan plan, Stage stage, int upstream, DurableServices services)
    {
        _plan = plan;
        _stage = stage;
        _upstream = upstream;
        _errors = new TaskErrors(plan.Graph.Name, plan.Graph.ErrorPolicy, services.Originals);
        _split = plan.SplitOf(stage, upstream);
        _instance = StageBuilder.Build(plan.Graph, stage, taskIndex: 0, batchSize: 1, this, _errors);
        _instance.Open(services.ContextOf(plan, stage, upstream, parallelism: 1, new DurableProcessingTime(services.Time)), _ => null);
        _driver = (IDurableSourceDriver)_instance.Operators[0].Operator;

        // An assigner in the chain takes the source's place.
        _watermarks = _instance.Operators.Select(each => each.Operator).OfType<IWatermarkAssigner>().Last();
    }

    /// <summary>Records too far ahead of their partition or of the clock to move its watermark; read by any thread.</summary>
    public long RecordsAhead => (_watermarks as IWatermarkGuard)?.RecordsAhead ?? 0;

    /// <summary>Processes records, which must be those of <paramref name="range"/> in order, without repetitions.</summary>
    /// <param name="ledger">The ledger that the step worked from.</param>
    /// <param name="range">The range; offsets without a record are holes of the partition.</param>
    /// <param name="records">The records.</param>
    /// <param name="isResend">Whether envelopes may have been sent before.</param>
    public SourceRangeResult Process(LedgerState ledger, OffsetRange range, IReadOnlyList<RawRecord> records, bool isResend)
    {
        List<Envelope> envelopes = [];
        List<(long Previous, ChannelSender Sender)> channels = [];
        _sinkRecords.Clear();

        // A range that is processed again gives its records the same ids again.
        _indexedPosition = -1;
        foreach (SourceEdgeOutput output in _outputs)
        {
            string name = output.Edge.NameIn(_plan.Graph);
            output.Begin(range, OpenChannel, envelopes);

            ChannelSender OpenChannel(int target)
            {
                ChannelId channel = new(name, _upstream, target);
                ChannelSender sender = new(_plan.Incarnation, channel, ledger.Epoch, ledger.Sent[channel], isResend);
                channels.Add((sender.Previous, sender));
                return sender;
            }
        }

        _watermarks.Begin(ledger.Watermark, ledger.Votes);
        foreach (RawRecord record in records)
        {
            if (record.Offset < range.From || record.Offset > range.To)
            {
                throw new ArgumentException($"Offset {record.Offset} lies outside of the range {range} to process.", nameof(records));
            }

            _position.Value = record.Offset;
            _errors.Begin(new RecordOrigin(_split, record.Offset), record);
            _driver.Process(record);
            _driver.FlushChain();
        }

        _errors.End();

        _watermarks.EndRange();

        // The ledger knows already what the records of a resend say of time; judged again, beside a newer watermark, they could say more
        // than is true.
        long watermark = isResend ? ledger.Watermark : _watermarks.Watermark;
        foreach (SourceEdgeOutput output in _outputs)
        {
            output.Complete(watermark);
        }

        Dictionary<ChannelId, long> sent = [];
        foreach ((long previous, ChannelSender sender) in channels)
        {
            if (sender.Previous != previous)
            {
                sent.Add(sender.Channel, sender.Previous);
            }
        }

        return new SourceRangeResult(envelopes, [.. _sinkRecords], watermark, _watermarks.Votes, sent);
    }

    /// <summary>
    /// Writes the dead letters of what was processed: the last thing before its commit, so that a batch that cannot be sent leaves none.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait for them.</param>
    public Task FlushLettersAsync(CancellationToken cancellationToken) => _driver.FlushAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _driver.DisposeReaderAsync().ConfigureAwait(false);
        _instance.Dispose();
    }

    bool IStageHost.KeepsRecords => false;

    IInput<T> IStageHost.CreateRouter<T>(JobGraph graph, StreamEdge<T> edge, int taskIndex, OperatorErrors errors)
    {
        int targets = graph.StageOf(edge.To).Parallelism;
        SourceEdgeOutput output = edge.To.PreAggregation is PreAggregation<T> preAggregation
            ? new PreAggregatingEdgeOutput<T>(edge, preAggregation, targets, _position, errors)
            : new RecordEdgeOutput<T>(edge, targets, _position);
        _outputs.Add(output);

        // The partitions of a topic take the place of tasks: each sends to one task, so that its order is kept.
        (int topic, int partition) = DurableJobPlan.PartitionOf(_upstream);
        Partitioning<T> partitioning = graph.IsOneToOne(edge)
            ? new FixedTargetPartitioning<T>((topic + partition) % output.Targets)
            : graph.PartitioningOf(edge);
        return partitioning.CreateRouter((IEdgeOutput<T>)output, taskIndex, graph.MaxParallelism, errors);
    }

    StreamOperator IStageHost.CreateSink<T>(ISink<T> sink, string uid) => new DurableSinkOperator<T>((IDurableSink<T>)sink, uid, this);

    StreamOperator<T> IStageHost.CreateSource<T>(ISource<T> source, WatermarkStrategy<T> watermarks) =>
        new DurableSourceOperator<T>((IRawRecordSource<T>)source, watermarks);

    void IDurableSinkTarget.Emit(string sinkUid, ReadOnlySpan<byte> record)
    {
        _index = _indexedPosition == _position.Value ? _index + 1 : 0;
        _indexedPosition = _position.Value;
        string id = RecordId.Of(_plan.Graph.Name, _stage.Uid, _upstream, _position.Value, _index);
        _sinkRecords.Add(new SourceSinkRecord(sinkUid, new DurableSinkRecord(_position.Value, id, record.ToArray())));
    }
}

/// <summary>What a trigger-driven host does with the source at the head of a stage.</summary>
internal interface IDurableSourceDriver
{
    void Process(RawRecord record);

    /// <summary>Returns when dead letters are acknowledged.</summary>
    Task FlushAsync(CancellationToken cancellationToken);

    void FlushChain();

    ValueTask DisposeReaderAsync();
}

/// <summary>What a source task's chain made of a range of offsets: everything that must be accepted before the ledger commits.</summary>
internal sealed record SourceRangeResult(
    IReadOnlyList<Envelope> Envelopes,
    IReadOnlyList<SourceSinkRecord> SinkRecords,
    long Watermark,
    TimestampVotes Votes,
    IReadOnlyCollection<KeyValuePair<ChannelId, long>> Sent
);

/// <summary>A record that a source task's chain sends straight to a sink.</summary>
internal readonly record struct SourceSinkRecord(string SinkUid, DurableSinkRecord Record);

/// <summary>The offset of the record that a source task's chain is working on; shared by the task's outputs.</summary>
internal sealed class SourcePosition
{
    public long Value { get; set; } = -1;
}
