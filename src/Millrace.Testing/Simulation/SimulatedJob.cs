namespace Millrace.Testing.Simulation;

/// <summary>A job as the simulated hosts see it.</summary>
internal abstract class SimulatedJob
{
    public abstract string Name { get; }

    public abstract IReadOnlyList<SimulatedStage> Stages { get; }

    /// <summary>The edge from the source, which leads to the first stage.</summary>
    public abstract string SourceEdge { get; }

    public abstract bool SendsAggregates { get; }

    /// <summary>The stage name and the sink of records that leave the source chain directly.</summary>
    public abstract string SourceSink { get; }

    /// <summary>A function of the context alone.</summary>
    public abstract ChainResult RunChain(in ChainContext context);

    /// <summary>A sink record as text, for comparison and for the trace.</summary>
    public abstract string Describe(ReadOnlyMemory<byte> sinkRecord);

    /// <summary>What a task's state says at the end, for comparison.</summary>
    public abstract string DescribeState(Ledger.ITaskLogic logic);
}
