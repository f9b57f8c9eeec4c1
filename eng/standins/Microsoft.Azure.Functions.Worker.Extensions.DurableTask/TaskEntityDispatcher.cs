using Microsoft.DurableTask.Entities;

namespace Microsoft.Azure.Functions.Worker;

/// <remarks>Only the official type can decode the batch that a host sends; a test hands operations to the entity itself.</remarks>
public sealed class TaskEntityDispatcher
{
    internal TaskEntityDispatcher()
    {
    }

    public Task DispatchAsync(ITaskEntity entity) => throw new NotSupportedException();

    public Task DispatchAsync<T>() => throw new NotSupportedException();

    public Task DispatchAsync<T>(params object[] additionalArgs) => throw new NotSupportedException();

    public Task DispatchAsync(Func<TaskEntityOperation, ValueTask<object?>> handler) => throw new NotSupportedException();
}
