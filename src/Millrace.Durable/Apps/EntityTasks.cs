using Millrace.Connectors;
using Millrace.Durable.Hosting;
using Millrace.Graph;

namespace Millrace.Durable.Apps;

/// <summary>The keyed tasks of an open job as seen from outside of them.</summary>
internal sealed class EntityTasks(IEntityClient client, AppJobs jobs, DurableJobHost host) : IDurableTasks
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);

    public Task SignalAsync(Stage stage, int task, string operation, byte[] content, CancellationToken cancellationToken) =>
        client.SignalAsync(TaskKey.Of(host, stage, task), operation, content, cancellationToken);

    // The task may save another state meanwhile, and the blob of the one that is read is gone: ours, or the extension's own, which it keeps
    // for states of more than some kilobytes.
    public Task<TaskImage> ReadStateAsync(Stage stage, int task, bool isWhole, CancellationToken cancellationToken) =>
        jobs.AttemptAsync(
            async () =>
            {
                TaskState? state = await client.ReadAsync(TaskKey.Of(host, stage, task), cancellationToken).ConfigureAwait(false);
                ReadOnlyMemory<byte> head = await host.States.LoadAsync(state, cancellationToken).ConfigureAwait(false);
                return new TaskImage(head, isWhole ? await host.States.LoadPartsAsync(state, cancellationToken).ConfigureAwait(false) : []);
            },
            FirstPause,
            cancellationToken
        );

    public Task EmitBestEffortAsync(
        string sinkUid,
        string batch,
        IReadOnlyList<DurableSinkRecord> records,
        CancellationToken cancellationToken
    ) =>
        client.EmitAsync(
            new AppOutput(jobs.FindByKey(TaskKey.KeyOf(host.Plan.Graph.Name))!, host.Plan.Incarnation, sinkUid, batch, records),
            cancellationToken
        );
}

/// <summary>A function's way to entities, which the host gives it. Thread-safe.</summary>
internal interface IEntityClient
{
    /// <summary>Sends a message; may be delivered late, twice or out of order. Returns when the host has taken it.</summary>
    Task SignalAsync(TaskKey task, string operation, byte[] content, CancellationToken cancellationToken);

    /// <summary>The last committed state of a task's entity; <see langword="null"/> = none.</summary>
    Task<TaskState?> ReadAsync(TaskKey task, CancellationToken cancellationToken);

    /// <summary>Hands records to the host's fire-and-forget output.</summary>
    Task EmitAsync(AppOutput output, CancellationToken cancellationToken);
}

/// <summary>Records for the host's fire-and-forget output. Those of one incarnation, sink and batch are the same.</summary>
/// <param name="Job">The job.</param>
/// <param name="Incarnation">Its incarnation.</param>
/// <param name="SinkUid">The sink.</param>
/// <param name="Batch">Names them within it.</param>
/// <param name="Records">The records.</param>
internal sealed record AppOutput(AppJob Job, string Incarnation, string SinkUid, string Batch, IReadOnlyList<DurableSinkRecord> Records);
