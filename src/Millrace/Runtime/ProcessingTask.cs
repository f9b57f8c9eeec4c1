using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Graph;

namespace Millrace.Runtime;

/// <summary>A task fed by channels: processes batches, combines watermarks, aligns barriers.</summary>
internal sealed class ProcessingTask : StreamTask
{
    private readonly ChannelInfo[] _channels;

    // Checkpointed: the combined watermark of each operator input, by a stable name.
    private readonly Dictionary<string, PortState> _ports = new(StringComparer.Ordinal);

    // Not checkpointed.
    private long _aligning = -1;
    private int _aligned;
    private int _ended;
    private bool _dirty;

    public ProcessingTask(
        TaskId id,
        StageInstance stage,
        InputGate gate,
        IReadOnlyList<ChannelOutput> outputs,
        TaskSettings settings,
        JobGraph graph
    )
        : base(id, stage, gate, outputs, settings)
    {
        List<ChannelInfo> channels = [];
        for (int i = 0; i < stage.Inputs.Count; i++)
        {
            StreamEdge edge = stage.Stage.InputEdges[i];
            string name = TaskWatermarks.PortName(graph, edge);
            if (!_ports.TryGetValue(name, out PortState? port))
            {
                _ports.Add(name, port = new PortState(stage.Inputs[i]));
            }

            int senders = graph.SendersOf(edge);
            for (int sender = 0; sender < senders; sender++)
            {
                channels.Add(new ChannelInfo(stage.Inputs[i], port, port.Channels++));
            }
        }

        _channels = [.. channels];
    }

    protected override bool Work(bool mayWait)
    {
        bool worked = RunCommands() | RunTimers();
        if (IsStopped)
        {
            return true;
        }

        if (Gate.TryTake(out int channel, out ChannelMessage message))
        {
            OnMessage(channel, message);
            return true;
        }

        if (_dirty)
        {
            // Nothing waits: what is buffered goes on, so that a quiet stream is not held up.
            _dirty = false;
            Stage.Flush();
            return true;
        }

        if (!worked && mayWait)
        {
            long before = Settings.Time.GetTimestamp();
            Gate.Wait();
            Metrics.AddIdle(Settings.Time.GetElapsedTime(before).Ticks);
        }

        return worked;
    }

    protected override void OnOpened()
    {
        Dictionary<string, long> restored = TaskWatermarks.Read(
            Settings.Restored.ReaderOf(TaskWatermarks.UidOf(Stage.Stage), Stage.Stage, Id.Index)
        );
        foreach ((string name, PortState port) in _ports)
        {
            port.Combiner = new WatermarkCombiner(port.Channels, restored.GetValueOrDefault(name, long.MinValue));
            if (port.Combiner.Watermark > long.MinValue)
            {
                // Before any record, so that what was late before the restore is late after it.
                port.Input.OnWatermark(port.Combiner.Watermark);
            }
        }
    }

    protected override void OnCommand(TaskCommand command) => throw new InvalidOperationException($"Task {Id} cannot carry out {command}.");

    protected override void WriteTaskState(TaskSnapshotWriter writer) =>
        TaskWatermarks.Write(writer, Stage.Stage, _ports.Select(port => (port.Key, port.Value.Combiner!.Watermark)));

    private void OnMessage(int channel, ChannelMessage message)
    {
        ChannelInfo info = _channels[channel];
        switch (message.Kind)
        {
            case ChannelMessageKind.Batch:
                RecordBatch batch = message.Batch!;
                Metrics.AddReceived(batch.Count);
                info.Input.OnBatch(batch);
                Gate.Return(channel, batch);
                _dirty = true;
                break;
            case ChannelMessageKind.Watermark:
                if (info.Port.Combiner!.Advance(info.ChannelInPort, message.Value))
                {
                    EmitWatermark(info.Port);
                }

                break;
            case ChannelMessageKind.Idle:
                OnIdle(info, message.Value != 0);
                break;
            case ChannelMessageKind.Barrier:
            case ChannelMessageKind.SelfContainedBarrier:
                OnBarrier(channel, new CheckpointBarrier(message.Value, message.Kind == ChannelMessageKind.SelfContainedBarrier));
                break;
            default:
                if (++_ended == _channels.Length)
                {
                    FinishInput();
                }

                break;
        }
    }

    private void OnIdle(ChannelInfo info, bool idle)
    {
        bool before = info.Port.Combiner!.IsIdle;
        if (info.Port.Combiner.SetIdle(info.ChannelInPort, idle))
        {
            EmitWatermark(info.Port);
        }

        if (info.Port.Combiner.IsIdle != before)
        {
            info.Port.Input.OnIdle(!before);
        }
    }

    private void EmitWatermark(PortState port)
    {
        _dirty = true;
        long watermark = port.Combiner!.Watermark;
        port.Input.OnWatermark(watermark);
        Metrics.Watermark = _ports.Values.Min(p => p.Combiner!.Watermark);
    }

    private void OnBarrier(int channel, CheckpointBarrier barrier)
    {
        if (barrier.CheckpointId > _aligning)
        {
            // A barrier of a later checkpoint: the earlier one was given up.
            Gate.UnblockAll();
            _aligning = barrier.CheckpointId;
            _aligned = 0;
        }
        else if (barrier.CheckpointId < _aligning)
        {
            return;
        }

        Gate.SetBlocked(channel, blocked: true);
        if (++_aligned == _channels.Length)
        {
            Gate.UnblockAll();

            // Word that the checkpoint before is complete came before this barrier, by another way.
            RunCommands();
            TakeSnapshot(barrier);
        }
    }

    private sealed class PortState(IInputPort input)
    {
        public IInputPort Input { get; } = input;

        public int Channels { get; set; }

        public WatermarkCombiner? Combiner { get; set; }
    }

    private readonly record struct ChannelInfo(IInputPort Input, PortState Port, int ChannelInPort);
}
