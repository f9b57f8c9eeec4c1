using Microsoft.Extensions.Logging;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Graph;
using Millrace.Operators;

namespace Millrace.Durable;

/// <summary>What a host gives to all its tasks.</summary>
internal sealed record DurableServices(TimeProvider Time, ILoggerFactory LoggerFactory, CancellationToken CancellationToken)
{
    /// <summary>Reads records again for dead letters; <see langword="null"/> = nobody can.</summary>
    public Func<RecordOrigin, CancellationToken, RawRecord?>? Originals { get; init; }

    /// <summary>Contexts for the operators of one task.</summary>
    public Func<OperatorInstance, OperatorContext> ContextOf(
        DurableJobPlan plan,
        Stage stage,
        int task,
        int parallelism,
        IProcessingTimeService processingTime
    ) =>
        instance => new OperatorContext(
            plan.Graph.Name,
            instance.Uid,
            instance.Name,
            stage.IsSource ? 0 : task,
            parallelism,
            plan.Graph.MaxParallelism,
            DurableTaskLogic.BatchSize,
            Time,
            processingTime,
            LoggerFactory,
            CancellationToken
        )
        {
            ReaderOf = stage.ReaderOf,
            ReusesObjects = plan.Graph.ReusesObjects,
        };
}
