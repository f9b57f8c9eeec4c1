namespace Millrace.Operators;

/// <summary>An operator with a main output.</summary>
internal abstract class StreamOperator<TOut> : StreamOperator
{
    private OperatorOutput<TOut>? _output;

    /// <summary>Where results go; wired before <see cref="StreamOperator.Open"/>.</summary>
    public OperatorOutput<TOut> Output
    {
        get => _output ?? throw new InvalidOperationException($"{GetType().Name} has no output wired.");
        set => _output = value;
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
