using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;
using Millrace.Durable.Apps;
using Millrace.Durable.Hosting;
using Millrace.Functions.Outbox;

namespace Millrace.Functions.Tasks;

/// <summary>The durable extension's client as the engine sees it.</summary>
internal sealed class TaskEntityClient(DurableTaskClient client) : IEntityClient
{
    public Task SignalAsync(TaskKey task, string operation, byte[] content, CancellationToken cancellationToken) =>
        client.Entities.SignalEntityAsync(IdOf(task), operation, content, options: null, cancellationToken);

    public async Task<TaskState?> ReadAsync(TaskKey task, CancellationToken cancellationToken) =>
        await client.Entities.GetEntityAsync<TaskState>(IdOf(task), includeState: true, cancellationToken).ConfigureAwait(false)
            is { IncludesState: true } entity
            ? entity.State
            : null;

    public Task EmitAsync(AppOutput output, CancellationToken cancellationToken) =>
        client.ScheduleNewOrchestrationInstanceAsync(
            OutboxFunctions.OrchestratorName,
            OutboxInput.Of(output),
            new StartOrchestrationOptions(OutboxInput.InstanceOf(output)),
            cancellationToken
        );

    /// <summary>The entity of a task.</summary>
    public static EntityInstanceId IdOf(TaskKey task) => new(TaskKey.EntityName, task.ToString());
}
