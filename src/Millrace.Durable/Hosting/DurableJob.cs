using Microsoft.Extensions.Logging;
using Millrace.Checkpoints;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Graph;

namespace Millrace.Durable.Hosting;

/// <summary>One incarnation of a job in one process, as every part of its host is told of it once. Immutable.</summary>
/// <param name="Plan">The job, with its incarnation's name.</param>
/// <param name="Control">What was durable about the job when it was opened.</param>
/// <param name="Store">Where savepoints and large states are.</param>
/// <param name="Ledgers">Where ledgers are.</param>
/// <param name="Services">Clock, logs and cancellation.</param>
/// <param name="Options">How to run.</param>
internal sealed record DurableJob(
    DurableJobPlan Plan,
    DurableControl Control,
    IObjectStore Store,
    DurableLedgers Ledgers,
    DurableServices Services,
    DurableHostOptions Options
)
{
    public const string LogName = "Millrace.Durable";

    public string Name => Plan.Graph.Name;

    public ILogger Logger { get; } = Services.LoggerFactory.CreateLogger(LogName);

    public DurableControlStore Controls { get; } = new(Store, Plan.Graph.Name);

    public string LedgerOf(Stage source, int upstream) => DurableNames.LedgerOf(Plan.Graph.Name, Control.Incarnation, source, upstream);

    /// <summary>Sends envelopes; returns when the host has taken them.</summary>
    public Task SendAsync(IReadOnlyList<Envelope> envelopes, IDurableTasks tasks, CancellationToken cancellationToken) =>
        Task.WhenAll(
            Plan.Pack(envelopes)
                .Select(signal =>
                    tasks.SignalAsync(signal.Stage, signal.Task, DurableOperation.Envelope, signal.Message, cancellationToken)
                )
        );

    /// <summary>Sends a message to every task of some stages.</summary>
    public static Task SignalAllAsync(
        IEnumerable<Stage> stages,
        string operation,
        byte[] content,
        IDurableTasks tasks,
        CancellationToken cancellationToken
    ) =>
        Task.WhenAll(
            stages.SelectMany(stage =>
                Enumerable.Range(0, stage.Parallelism).Select(task => tasks.SignalAsync(stage, task, operation, content, cancellationToken))
            )
        );
}
