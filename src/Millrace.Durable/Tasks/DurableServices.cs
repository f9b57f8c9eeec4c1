using Microsoft.Extensions.Logging;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Millrace.Graph;
using Millrace.Operators;
using Millrace.Scheduling;

namespace Millrace.Durable.Tasks;

/// <summary>What a host gives to all its tasks.</summary>
internal sealed record DurableServices(TimeProvider Time, ILoggerFactory LoggerFactory, CancellationToken CancellationToken)
{
    /// <summary>Where work goes that may run beside its caller.</summary>
    public Execution Execution { get; init; } = Execution.ThreadPool;

    /// <summary>Makes ids that nobody else has.</summary>
    public Func<Guid> NewId { get; init; } = Guid.NewGuid;

    /// <summary>How the protocol runs; something else than the default only where it is tested.</summary>
    public ProtocolOptions Protocol { get; init; } = new();

    /// <summary>Makes the reader of a source's topics.</summary>
    public Func<IRawRecordSource, ConnectorContext, IRawTopicReader> CreateTopicReader { get; init; } =
        static (source, context) => source.CreateTopicReader(context);

    /// <summary>Makes the sending side of a sink.</summary>
    public Func<IDurableSink, ConnectorContext, IDurableSinkSender> CreateSender { get; init; } =
        static (sink, context) => sink.CreateSender(context);

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
