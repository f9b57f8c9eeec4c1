using Microsoft.Azure.Functions.Worker;
using Millrace.Functions.Jobs;
using Millrace.Functions.Tasks;

namespace Millrace.Functions;

/// <summary>The entity that every keyed task of every job is an instance of.</summary>
public sealed class TaskFunction
{
    internal const string EntryPoint = "Millrace.Functions.TaskFunction.RunAsync";
    private readonly JobRegistry _registry;
    private readonly TimeProvider _time;

    internal TaskFunction(JobRegistry registry, TimeProvider time)
    {
        _registry = registry;
        _time = time;
    }

    /// <summary>Creates the function.</summary>
    /// <param name="services">The app's services.</param>
    public TaskFunction(IServiceProvider services)
        : this((JobRegistry)services!.GetService(typeof(JobRegistry))!, (TimeProvider)services.GetService(typeof(TimeProvider))!) { }

    /// <summary>Runs a batch of operations.</summary>
    /// <param name="dispatcher">Has the batch.</param>
    /// <param name="context">The invocation.</param>
    [Function(TaskKey.EntityName)]
    public async Task RunAsync([EntityTrigger] TaskEntityDispatcher dispatcher, FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(dispatcher);
        ArgumentNullException.ThrowIfNull(context);
        using TaskEntity entity = CreateEntity(context);
        await dispatcher.DispatchAsync(entity).ConfigureAwait(false);
        entity.ThrowIfIncomplete();
    }

    /// <summary>What a batch runs on.</summary>
    internal TaskEntity CreateEntity(FunctionContext context) =>
        new(_registry, _time, EntityBatchSize.Of(context), context.CancellationToken);
}
