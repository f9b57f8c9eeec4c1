namespace Millrace.Operators;

/// <summary>An operator with a main output.</summary>
internal abstract class StreamOperator<TOut> : StreamOperator
{
    private OperatorOutput<TOut>? _output;

    /// <summary>Where results go; wired before <see cref="StreamOperator.Open"/>.</summary>
    public OperatorOutput<TOut> Output
    {
        get => _output ?? throw new InvalidOperationException($"{GetType().Name} has no output wired.");
        set
        {
            _output = value;
            value.KeepsRows = KeepsRows;
        }
    }

    /// <summary>
    /// Whether each record of a batch leads to the output record of the same index, so that one that fails further down the chain can be
    /// found.
    /// </summary>
    protected virtual bool KeepsRows => false;

    /// <summary>
    /// Whether an exception came out of a function of this operator, and not out of what its records were handed on to. For exception
    /// filters, which run before anything is unwound.
    /// </summary>
    protected bool IsOwn(Exception exception) => !Output.IsDelivering && !SideOutputs.IsDelivering && Errors.Concerns(exception);

    /// <summary>Deals with a record that a function threw for: it fails the run, or is left out with what it has emitted.</summary>
    protected void LeaveOut<T>(Exception cause, T value, long timestamp, int row)
    {
        Errors.OnRecord(cause, value, timestamp, row);
        DiscardBuffered();
    }

    /// <summary>The same for a record of a key.</summary>
    protected void LeaveOut<TKey, T>(Exception cause, TKey key, T value, long timestamp, int row)
    {
        Errors.OnKeyedRecord(cause, key, value, timestamp, row);
        DiscardBuffered();
    }

    /// <summary>Deals with what a function threw for that has no single record: the result of a window, a timer, a match.</summary>
    /// <param name="before">Records that were collected before.</param>
    protected void LeaveOutResult<TKey, T>(Exception cause, string subject, TKey key, string window, T value, long timestamp, int before)
    {
        Errors.OnResult(cause, subject, key, window, value, timestamp);
        Output.Discard(before);
    }

    private void DiscardBuffered()
    {
        Output.Discard(0);
        if (!SideOutputs.IsEmpty)
        {
            SideOutputs.Discard();
        }
    }

    /// <summary>Hands over what has been collected for the main and the side outputs.</summary>
    protected void EmitBuffered()
    {
        Output.EmitBuffered();
        if (!SideOutputs.IsEmpty)
        {
            SideOutputs.EmitBuffered();
        }
    }

    protected void EmitWatermark(long watermark)
    {
        Output.EmitWatermark(watermark);
        if (!SideOutputs.IsEmpty)
        {
            SideOutputs.EmitWatermark(watermark);
        }
    }

    protected void EmitIdle(bool idle)
    {
        Output.EmitIdle(idle);
        if (!SideOutputs.IsEmpty)
        {
            SideOutputs.EmitIdle(idle);
        }
    }

    protected void FlushOutputs()
    {
        Output.FlushAll();
        if (!SideOutputs.IsEmpty)
        {
            SideOutputs.Flush();
        }
    }
}
