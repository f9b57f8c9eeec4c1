using Millrace.Connectors;
using Millrace.Errors;
using Millrace.Operators;
using Millrace.Time;

namespace Millrace.Graph;

/// <summary>What a host puts around the operators of a stage: the way to other stages, and its own ends of sources and sinks.</summary>
internal interface IStageHost
{
    /// <summary>Whether routers and sinks keep the objects they get; otherwise they write them down at once.</summary>
    bool KeepsRecords { get; }

    /// <summary>What takes the records of an edge that leaves the stage.</summary>
    IInput<T> CreateRouter<T>(JobGraph graph, StreamEdge<T> edge, int taskIndex, OperatorErrors errors);

    StreamOperator CreateSink<T>(ISink<T> sink, string uid);

    StreamOperator<T> CreateSource<T>(ISource<T> source, WatermarkStrategy<T> watermarks);
}
