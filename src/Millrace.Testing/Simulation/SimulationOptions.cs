namespace Millrace.Testing.Simulation;

/// <summary>What to simulate. Everything left open follows from the seed.</summary>
public sealed record SimulationOptions
{
    /// <summary>Decides everything: the input, the schedule, the faults. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>The job to simulate. Default: the simulator's own, which uses all of the protocol.</summary>
    public SimulationSubject? Subject { get; init; }

    /// <summary>The kinds of fault that may happen. Default: all. Each seed leaves some of them out.</summary>
    public IReadOnlyCollection<SimulatedFault> Faults { get; init; } = Enum.GetValues<SimulatedFault>();

    /// <summary>How many faults happen, as a factor. Default 1; 0 is an undisturbed run. Bounds: 0 to 20.</summary>
    public double Intensity { get; init; } = 1;

    /// <summary>The protocol's guards that are on. Default: all.</summary>
    public SimulationGuards Guards { get; init; } = SimulationGuards.All;

    /// <summary>Of the simulator's own job: whether the source pre-aggregates. Default: the seed decides.</summary>
    public bool? PreAggregates { get; init; }

    /// <summary>Of the simulator's own job: what the sinks promise. Default: the seed decides.</summary>
    public SimulatedSink? Sink { get; init; }

    /// <summary>
    /// Of the simulator's own job: the number of input records. Default: the seed decides, 20 to 120. Bounds: 1 to 100,000.
    /// </summary>
    public int? Records { get; init; }

    /// <summary>Whether a failing run is repeated with fewer and fewer faults, until none can be left out. Default true.</summary>
    public bool Shrinks { get; init; } = true;
}
