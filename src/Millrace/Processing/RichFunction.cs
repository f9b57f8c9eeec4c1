namespace Millrace.Processing;

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
