using Millrace.Durable.Protocol;
using Millrace.Graph;

namespace Millrace.Durable.Hosting;

/// <summary>How far a keyed task is, for people.</summary>
/// <param name="Stage">Uid of the stage.</param>
/// <param name="Task">Number of the task.</param>
/// <param name="Watermark">Milliseconds since the Unix epoch; <see langword="null"/> = none yet.</param>
/// <param name="Applied">The last position applied on each channel, by the channel's name.</param>
/// <param name="HeldBytes">Bytes that wait for something before them.</param>
/// <param name="SinkRecords">Records that wait for a sink.</param>
/// <param name="Envelopes">Envelopes that wait for another keyed task, or for its acknowledgement.</param>
/// <param name="IsFrozen">Whether it stands still for a savepoint.</param>
internal sealed record DurableTaskStatus(
    string Stage,
    int Task,
    long? Watermark,
    IReadOnlyDictionary<string, long> Applied,
    long HeldBytes,
    int SinkRecords,
    int Envelopes,
    bool IsFrozen
)
{
    /// <summary>The status of every keyed task, from its last committed state.</summary>
    public static async Task<IReadOnlyList<DurableTaskStatus>> ReadAllAsync(
        DurableJob job,
        IDurableTasks tasks,
        CancellationToken cancellationToken
    )
    {
        (Stage Stage, int Task, TaskCheckpoint State)[] all = await LoadAllAsync(job, tasks, cancellationToken).ConfigureAwait(false);
        return [.. all.Select(each => Of(each.Stage, each.Task, each.State))];
    }

    /// <summary>The protocol's part of every keyed task's last committed state; empty where a task has none.</summary>
    public static Task<(Stage Stage, int Task, TaskCheckpoint State)[]> LoadAllAsync(
        DurableJob job,
        IDurableTasks tasks,
        CancellationToken cancellationToken
    ) =>
        System.Threading.Tasks.Task.WhenAll(
            job.Plan.KeyedStages.SelectMany(stage => Enumerable.Range(0, stage.Parallelism), (stage, task) => (stage, task))
                .Select(async each =>
                    (each.stage, each.task, await LoadAsync(job, each.stage, each.task, tasks, cancellationToken).ConfigureAwait(false))
                )
        );

    /// <summary>The protocol's part of a keyed task's last committed state; empty where it has none.</summary>
    public static async Task<TaskCheckpoint> LoadAsync(
        DurableJob job,
        Stage stage,
        int task,
        IDurableTasks tasks,
        CancellationToken cancellationToken
    )
    {
        TaskCheckpoint checkpoint = new();
        TaskImage state = await tasks.ReadStateAsync(stage, task, isWhole: false, cancellationToken).ConfigureAwait(false);
        if (!state.Head.IsEmpty)
        {
            TaskCheckpointCodec.Read(state.Head, job.Plan.OptionsOf(stage, task), checkpoint);
        }

        return checkpoint;
    }

    private static DurableTaskStatus Of(Stage stage, int task, TaskCheckpoint state) =>
        new(
            stage.Uid,
            task,
            state.Watermark == long.MinValue ? null : state.Watermark,
            state.Channels.Values.ToDictionary(channel => channel.Id.ToString(), channel => channel.Applied, StringComparer.Ordinal),
            state.Channels.Values.Sum(channel => (long)channel.HeldBytes),
            state.SinkEntries.Count,
            state.Envelopes.Count + state.Unacknowledged.Count,
            state.IsFrozen
        );
}
