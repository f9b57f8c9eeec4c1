using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using Millrace.Connectors;
using Millrace.Durable.Hosting;
using Millrace.Functions.Jobs;
using Millrace.Functions.Outbox;
using Millrace.Graph;

namespace Millrace.Functions.Tasks;

/// <summary>The keyed tasks of a job as seen by a function with a durable client.</summary>
internal sealed class ClientTasks(DurableTaskClient client, JobRegistry registry, JobEntry job, DurableJobHost host) : IDurableTasks
{
    private const int MaxReads = 5;

    public Task SignalAsync(Stage stage, int task, string operation, byte[] content, CancellationToken cancellationToken) =>
        client.Entities.SignalEntityAsync(IdOf(job, host, stage, task), operation, content, options: null, cancellationToken);

    public async Task<ReadOnlyMemory<byte>> ReadStateAsync(Stage stage, int task, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            EntityMetadata<TaskState>? entity = await client
                .Entities.GetEntityAsync<TaskState>(IdOf(job, host, stage, task), includeState: true, cancellationToken)
                .ConfigureAwait(false);
            try
            {
                return await registry
                    .States.LoadAsync(entity is { IncludesState: true } ? entity.State : null, cancellationToken)
                    .ConfigureAwait(false);
            }
            catch (InvalidDataException) when (attempt < MaxReads)
            {
                // The task has saved another state meanwhile and deleted the blob of the one that was read.
            }
        }
    }

    public Task EmitBestEffortAsync(
        string sinkUid,
        string batch,
        IReadOnlyList<DurableSinkRecord> records,
        CancellationToken cancellationToken
    )
    {
        OutboxInput input = OutboxInput.Of(job, sinkUid, records);
        StartOrchestrationOptions options = new(OutboxInput.InstanceOf(host.Plan.Incarnation, sinkUid, batch));
        return client.ScheduleNewOrchestrationInstanceAsync(OutboxFunctions.OrchestratorName, input, options, cancellationToken);
    }

    /// <summary>The entity of a task.</summary>
    public static EntityInstanceId IdOf(JobEntry job, DurableJobHost host, Stage stage, int task) =>
        new(TaskKey.EntityName, new TaskKey(TaskKey.KeyOf(job.Name), host.Control.Incarnation, TaskKey.KeyOf(stage.Uid), task).ToString());
}
