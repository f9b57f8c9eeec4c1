using Millrace.Graph;

namespace Millrace.Api;

/// <summary>A stream as it comes from a source.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class DataStreamSource<T> : SingleOutputStreamOperator<T>
{
    internal DataStreamSource(StreamExecutionEnvironment environment, StreamNode node)
        : base(environment, node)
    {
    }
}
