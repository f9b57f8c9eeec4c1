using Millrace.Ledger;

namespace Millrace.Testing.Simulation;

/// <summary>A keyed stage of a simulated job.</summary>
internal sealed record SimulatedStage
{
    public required string Name { get; init; }

    public required int Parallelism { get; init; }

    public required IReadOnlyList<InputEdge> Inputs { get; init; }

    public IReadOnlyList<OutputEdge> Outputs { get; init; } = [];

    public required Func<int, ITaskLogic> CreateLogic { get; init; }

    public bool IsFedBySource => Inputs.Any(static input => input.IsSource);
}
