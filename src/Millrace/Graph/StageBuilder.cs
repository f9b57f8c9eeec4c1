using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Errors;
using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>Makes one running instance of a stage: creates its operators and wires them, last first.</summary>
internal sealed class StageBuilder
{
    private readonly JobGraph _graph;
    private readonly int _taskIndex;
    private readonly IStageHost _host;
    private readonly TaskErrors _errors;
    private readonly Dictionary<StreamNode, StreamOperator> _instances = [];

    private StageBuilder(JobGraph graph, int taskIndex, int batchSize, IStageHost host, TaskErrors errors)
    {
        _graph = graph;
        _taskIndex = taskIndex;
        _host = host;
        _errors = errors;
        BatchSize = batchSize;
    }

    public int BatchSize { get; }

    /// <summary>The main or a side output of a node.</summary>
    public OperatorOutput<T> OutputOf<T>(StreamNode from, string? sideTag, bool passesRecordsOn = false) =>
        new(TargetOf<T>(from, sideTag), BatchSize, _errors, copies: !_graph.ReusesObjects && !passesRecordsOn);

    public static StageInstance Build(JobGraph graph, Stage stage, int taskIndex, int batchSize, IStageHost host, TaskErrors errors)
    {
        StageBuilder builder = new(graph, taskIndex, batchSize, host, errors);
        for (int i = stage.Nodes.Count - 1; i >= 0; i--)
        {
            builder.Wire(stage.Nodes[i]);
        }

        return new StageInstance(
            stage,
            [.. stage.Nodes.Select(node => new OperatorInstance(graph.UidOf(node), node.Name, builder._instances[node]))],
            [.. stage.InputEdges.Select(edge => edge.CreatePort(builder._instances[edge.To], errors))],
            errors
        );
    }

    /// <summary>What takes the records of a node's output: chained operators, routers, or nothing.</summary>
    private IInput<T> TargetOf<T>(StreamNode from, string? sideTag)
    {
        List<(IInput<T> Input, bool OnlyReads)> targets = [];
        foreach (StreamEdge edge in from.Outputs.Where(edge => string.Equals(edge.SideTag, sideTag, StringComparison.Ordinal)))
        {
            StreamEdge<T> typed = (StreamEdge<T>)edge;
            bool isChained = _graph.IsChained(edge);
            IInput<T> input = isChained
                ? typed.InputOf(_instances[edge.To])
                : _host.CreateRouter(_graph, typed, _taskIndex, new OperatorErrors(_errors, _graph.UidOf(edge.To), edge.To.Name));
            targets.Add((input, !_host.KeepsRecords && (!isChained || edge.To.Kind == NodeKind.Sink)));
        }

        return targets switch
        {
            [] => DiscardingInput<T>.Instance,
            [var only] => only.Input,
            _ => new FanOutInput<T>(targets, copies: !_graph.ReusesObjects),
        };
    }

    private void WireDeadLetters(IInput<DeadLetter> sink, bool takesUnreadable)
    {
        RecordBatch<DeadLetter> batch = new(1);
        if (takesUnreadable)
        {
            _errors.Unreadable = letter => Write(letter, letter.Timestamp);
        }
        else
        {
            _errors.Letters = Write;
        }

        void Write(DeadLetter letter, long timestamp)
        {
            batch.Clear();
            batch.Add(letter, timestamp);
            sink.OnBatch(batch);
        }
    }

    private void Wire(StreamNode node)
    {
        StreamOperator instance = node.CreateOperator(_host, _graph.UidOf(node));
        _instances.Add(node, instance);

        // What dead letters are written by has none of its own.
        TaskErrors errors = node.IsDeadLetterSink ? new TaskErrors(_graph.Name, UserCodeErrorPolicy.Fail) : _errors;
        instance.Errors = new OperatorErrors(errors, _graph.UidOf(node), node.Name);
        if (node.IsDeadLetterSink)
        {
            WireDeadLetters((IInput<DeadLetter>)instance, node.TakesUnreadable);
        }

        node.WireOutput(instance, this);
        foreach (
            StreamEdge first in node
                .Outputs.Where(edge => edge.SideTag is not null)
                .DistinctBy(edge => edge.SideTag, StringComparer.Ordinal)
        )
        {
            first.WireSideOutput(instance, this);
        }
    }
}
