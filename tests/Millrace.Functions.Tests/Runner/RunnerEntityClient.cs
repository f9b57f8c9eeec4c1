using Microsoft.DurableTask;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Converters;
using Microsoft.DurableTask.Entities;

namespace Millrace.Functions.Tests.Runner;

/// <summary>The way from functions to entities.</summary>
internal sealed class RunnerEntityClient(RunnerStore store, RunnerInstance instance) : DurableEntityClient("runner")
{
    public override async Task SignalEntityAsync(
        EntityInstanceId id,
        string operationName,
        object? input = null,
        SignalEntityOptions? options = null,
        CancellationToken cancellation = default
    )
    {
        await Task.Yield();
        await instance.PassAsync("signal");
        instance.Step();
        store.Signal(id, operationName, JsonDataConverter.Default.Serialize(input));
    }

    public override Task<EntityMetadata<T>?> GetEntityAsync<T>(
        EntityInstanceId id,
        bool includeState = true,
        CancellationToken cancellation = default
    )
    {
        instance.Step();
        return Task.FromResult(
            store.StateOf(id) is { } state ? new EntityMetadata<T>(id, JsonDataConverter.Default.Deserialize<T>(state)) : null
        );
    }

    public override Task<EntityMetadata?> GetEntityAsync(
        EntityInstanceId id,
        bool includeState = true,
        CancellationToken cancellation = default
    ) => throw new NotSupportedException();

    public override AsyncPageable<EntityMetadata> GetAllEntitiesAsync(EntityQuery? filter = null) => throw new NotSupportedException();

    public override AsyncPageable<EntityMetadata<T>> GetAllEntitiesAsync<T>(EntityQuery? filter = null) =>
        throw new NotSupportedException();

    public override Task<CleanEntityStorageResult> CleanEntityStorageAsync(
        CleanEntityStorageRequest? request = null,
        bool continueUntilComplete = true,
        CancellationToken cancellation = default
    ) => throw new NotSupportedException();
}
