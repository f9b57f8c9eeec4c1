using Millrace.Graph;

namespace Millrace.Api;

/// <summary>A stream as it comes from a source.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class DataStreamSource<T> : SingleOutputStreamOperator<T>
{
    internal DataStreamSource(StreamExecutionEnvironment environment, StreamNode node)
        : base(environment, node) { }

    /// <inheritdoc/>
    public override DataStreamSource<T> WithUid(string uid)
    {
        base.WithUid(uid);
        return this;
    }

    /// <inheritdoc/>
    public override DataStreamSource<T> WithName(string name)
    {
        base.WithName(name);
        return this;
    }

    /// <inheritdoc/>
    public override DataStreamSource<T> SetParallelism(int parallelism)
    {
        base.SetParallelism(parallelism);
        return this;
    }

    /// <inheritdoc/>
    public override DataStreamSource<T> StartNewChain()
    {
        base.StartNewChain();
        return this;
    }
}
