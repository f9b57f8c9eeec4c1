using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;
using Millrace.Durable.Apps;
using Millrace.Durable.Hosting;
using Millrace.Functions.Outbox;

namespace Millrace.Functions.Tasks;

/// <summary>A batch of operations of an entity, as the durable extension hands them to the engine.</summary>
internal sealed class TaskEntity(EntityBatch batch) : ITaskEntity
{
    public async ValueTask<object?> RunAsync(TaskEntityOperation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        await batch.RunAsync(new Operation(operation)).ConfigureAwait(false);
        return null;
    }

    private sealed class Operation(TaskEntityOperation operation) : IEntityOperation
    {
        public string Name => operation.Name;

        public byte[] Content => (operation.HasInput ? operation.GetInput<byte[]>() : null) ?? [];

        public string Key => operation.Context.Id.Key;

        public TaskState? State
        {
            get => operation.State.HasState ? operation.State.GetState<TaskState>() : null;
            set => operation.State.SetState(value);
        }

        public void Signal(TaskKey task, string name, byte[] content) =>
            operation.Context.SignalEntity(TaskEntityClient.IdOf(task), name, content);

        public void Emit(AppOutput output) =>
            operation.Context.ScheduleNewOrchestration(
                OutboxFunctions.OrchestratorName,
                OutboxInput.Of(output),
                new StartOrchestrationOptions(OutboxInput.InstanceOf(output))
            );
    }
}
