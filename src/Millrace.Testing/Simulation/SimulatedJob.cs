using Millrace.Ledger;

namespace Millrace.Testing.Simulation;

/// <summary>A job as the simulated hosts see it.</summary>
internal abstract class SimulatedJob
{
    /// <summary>The job's name in envelopes and transactional ids.</summary>
    public abstract string Name { get; }

    public abstract IReadOnlyList<SimulatedStage> Stages { get; }

    public abstract bool SendsWhole { get; }

    /// <summary>Whether the end of the input is told at the end, so that what waits for event time comes out.</summary>
    public abstract bool EndsInput { get; }

    public abstract SimulatedPartition PartitionOf(int partition);

    /// <summary>A function of the context alone.</summary>
    public abstract ChainResult RunChain(in ChainContext context);

    public abstract SimulatedSink GuaranteeOf(string sink);

    /// <summary>A sink record as text, for comparison and for the trace.</summary>
    public abstract string Describe(ReadOnlyMemory<byte> sinkRecord);

    /// <summary>What a task's state says at the end, for comparison.</summary>
    public abstract string DescribeState(ITaskLogic logic);
}
