using Microsoft.Extensions.Configuration;
using Millrace.Api;

namespace Millrace.Testing.Simulation;

/// <summary>
/// A job to be simulated, with its input. Its sources and sinks must be such that run on Azure Functions, as Kafka's do; the simulator
/// takes their serializers and replaces the broker. What the job emits must follow from its input alone: event time, and no late records
/// whatever the schedule (timestamps that are not older than the watermark strategy's bound behind those produced before, in any
/// partition). Processing time is the clock of the simulated process, which may jump. A sink that promises less than AtLeastOnce is
/// simulated as if it promised that. At the end the input is ended, with a savepoint that drains the job, so that everything comes out.
/// </summary>
public sealed record SimulationSubject
{
    /// <summary>The job.</summary>
    public required IStreamJob Job { get; init; }

    /// <summary>The input, in the order in which it is produced.</summary>
    public required IReadOnlyList<SimulatedRecord> Input { get; init; }

    /// <summary>Parameters of the job; null: none.</summary>
    public IConfiguration? Configuration { get; init; }
}
