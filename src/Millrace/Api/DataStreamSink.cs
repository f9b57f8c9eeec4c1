using Millrace.Graph;

namespace Millrace.Api;

/// <summary>The end of a stream, which can still be named and tuned.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class DataStreamSink<T>
{
    private readonly StreamNode _node;

    internal DataStreamSink(StreamNode node) => _node = node;

    /// <summary>Names the sink's state (transactions in flight) for the life of the job.</summary>
    /// <param name="uid">Unique in the job.</param>
    public DataStreamSink<T> WithUid(string uid)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(uid);
        _node.UserUid = uid;
        return this;
    }

    /// <summary>Names the sink for people.</summary>
    /// <param name="name">The name.</param>
    public DataStreamSink<T> WithName(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        _node.Name = name;
        return this;
    }

    /// <summary>Sets the number of tasks of the sink.</summary>
    /// <param name="parallelism">1 to maxParallelism.</param>
    public DataStreamSink<T> SetParallelism(int parallelism)
    {
        _node.UserParallelism = parallelism;
        return this;
    }
}
