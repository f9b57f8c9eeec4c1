using Millrace.State;

namespace Millrace.UserFunctions;

/// <summary>
/// A function with a life cycle and access to its task (Flink's <c>AbstractRichFunction</c>): <c>Open -> calls -> Close</c>, all on the
/// task's thread. Each task works with a copy of its own, its arrays, plain collections and plain data included; fields that hold states
/// are set in <see cref="Open"/>. What a function must remember over a restart belongs into keyed state, not into fields.
/// </summary>
public abstract class RichFunction
{
    private RuntimeContext? _runtimeContext;

    private protected RichFunction() { }

    /// <summary>The task; available from <see cref="Open"/> on.</summary>
    /// <exception cref="InvalidOperationException">The function has not been opened.</exception>
    protected RuntimeContext RuntimeContext =>
        _runtimeContext
        ?? throw new InvalidOperationException(
            $"{GetType().Name} uses its RuntimeContext before Open; get states in Open, not in the constructor."
        );

    /// <summary>Prepares the function: gets its states.</summary>
    protected virtual void Open() { }

    /// <summary>Ends the function: frees what it holds.</summary>
    protected virtual void Close() { }

    internal void OpenWith(RuntimeContext context)
    {
        _runtimeContext = context;
        Open();
    }

    internal void CloseAtEnd()
    {
        if (_runtimeContext is not null)
        {
            Close();
        }
    }
}

/// <summary>The task that a function runs in, and its keyed state.</summary>
public sealed class RuntimeContext : IKeyedStateStore
{
    private readonly IKeyedStateStore? _states;

    internal RuntimeContext(string jobName, string operatorUid, int taskIndex, int parallelism, IKeyedStateStore? states)
    {
        JobName = jobName;
        OperatorUid = operatorUid;
        TaskIndex = taskIndex;
        Parallelism = parallelism;
        _states = states;
    }

    /// <summary>Name of the job.</summary>
    public string JobName { get; }

    /// <summary>Stable uid of the operator.</summary>
    public string OperatorUid { get; }

    /// <summary>Index of the task, in [0, <see cref="Parallelism"/>).</summary>
    public int TaskIndex { get; }

    /// <summary>Number of tasks of the operator.</summary>
    public int Parallelism { get; }

    private IKeyedStateStore States =>
        _states
        ?? throw new InvalidOperationException(
            $"Operator '{OperatorUid}' asks for keyed state, but its input is not keyed; put KeyBy(...) before it."
        );

    /// <inheritdoc/>
    public IValueState<T> GetState<T>(ValueStateDescriptor<T> descriptor) => States.GetState(descriptor);

    /// <inheritdoc/>
    public IListState<T> GetListState<T>(ListStateDescriptor<T> descriptor) => States.GetListState(descriptor);

    /// <inheritdoc/>
    public IMapState<TMapKey, TMapValue> GetMapState<TMapKey, TMapValue>(MapStateDescriptor<TMapKey, TMapValue> descriptor)
        where TMapKey : notnull => States.GetMapState(descriptor);

    /// <inheritdoc/>
    public IReducingState<T> GetReducingState<T>(ReducingStateDescriptor<T> descriptor) => States.GetReducingState(descriptor);

    /// <inheritdoc/>
    public IAggregatingState<TIn, TOut> GetAggregatingState<TIn, TAcc, TOut>(AggregatingStateDescriptor<TIn, TAcc, TOut> descriptor) =>
        States.GetAggregatingState(descriptor);
}
