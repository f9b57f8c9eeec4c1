using Millrace.Graph;
using Millrace.UserFunctions;

namespace Millrace.Api;

/// <summary>The result of a transformation: a stream whose operator can still be named and tuned.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public class SingleOutputStreamOperator<T> : DataStream<T>
{
    internal SingleOutputStreamOperator(StreamExecutionEnvironment environment, StreamNode node)
        : base(environment, [new StreamTap<T>(node, SideTag: null, ForwardPartitioning<T>.Instance, IsExplicit: false)]) => Node = node;

    internal StreamNode Node { get; }

    /// <summary>Remembers a side output that the operator writes.</summary>
    /// <param name="sideOutput">Its id; <see langword="null"/> = none.</param>
    internal SingleOutputStreamOperator<T> Writing<TSide>(string? sideOutput)
    {
        if (sideOutput is not null)
        {
            Node.WrittenSideOutputs.Add((sideOutput, typeof(TSide)));
        }

        return this;
    }

    /// <summary>Remembers a function object of the user's, of which each task gets a copy.</summary>
    internal SingleOutputStreamOperator<T> Using(params ReadOnlySpan<object?> functions)
    {
        foreach (object? function in functions)
        {
            if (function is not null)
            {
                Node.Functions.Add(function);
            }
        }

        return this;
    }

    /// <summary>
    /// Names the operator's state for the life of the job. Give every stateful operator one: without it, state is found by position, which
    /// changes with the job.
    /// </summary>
    /// <param name="uid">Unique in the job.</param>
    public virtual SingleOutputStreamOperator<T> WithUid(string uid)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(uid);
        Node.UserUid = uid;
        return this;
    }

    /// <summary>Names the operator for people.</summary>
    /// <param name="name">The name.</param>
    public virtual SingleOutputStreamOperator<T> WithName(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Node.Name = name;
        return this;
    }

    /// <summary>Sets the number of tasks of this operator.</summary>
    /// <param name="parallelism">1 to maxParallelism.</param>
    public virtual SingleOutputStreamOperator<T> SetParallelism(int parallelism)
    {
        Node.UserParallelism = parallelism;
        return this;
    }

    /// <summary>Starts a stage of its own with this operator.</summary>
    public virtual SingleOutputStreamOperator<T> StartNewChain()
    {
        Node.StartsNewChain = true;
        return this;
    }

    /// <summary>The records that the operator emitted to a side output.</summary>
    /// <typeparam name="TSide">Type of the records.</typeparam>
    /// <param name="tag">The side output.</param>
    public DataStream<TSide> GetSideOutput<TSide>(OutputTag<TSide> tag)
    {
        ArgumentNullException.ThrowIfNull(tag);
        return new DataStream<TSide>(
            Environment,
            [new StreamTap<TSide>(Node, tag.Id, ForwardPartitioning<TSide>.Instance, IsExplicit: false)]
        );
    }
}
