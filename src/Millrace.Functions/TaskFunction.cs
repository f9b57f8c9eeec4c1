using Microsoft.Azure.Functions.Worker;
using Millrace.Durable.Apps;
using Millrace.Functions.Jobs;
using Millrace.Functions.Tasks;

namespace Millrace.Functions;

/// <summary>The entity that every keyed task of every job is an instance of.</summary>
public sealed class TaskFunction
{
    internal const string EntryPoint = "Millrace.Functions.TaskFunction.RunAsync";
    private readonly JobRegistry _registry;

    internal TaskFunction(JobRegistry registry) => _registry = registry;

    /// <summary>Creates the function.</summary>
    /// <param name="services">The app's services.</param>
    public TaskFunction(IServiceProvider services)
        : this((JobRegistry)services!.GetService(typeof(JobRegistry))!) { }

    /// <summary>Runs a batch of operations.</summary>
    /// <param name="dispatcher">Has the batch.</param>
    /// <param name="context">The invocation.</param>
    [Function(TaskKey.EntityName)]
    public async Task RunAsync([EntityTrigger] TaskEntityDispatcher dispatcher, FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(dispatcher);
        ArgumentNullException.ThrowIfNull(context);
        using EntityBatch batch = CreateBatch(context);
        await dispatcher.DispatchAsync(new TaskEntity(batch)).ConfigureAwait(false);
        batch.ThrowIfIncomplete();
    }

    /// <summary>What a batch runs on.</summary>
    internal EntityBatch CreateBatch(FunctionContext context) => new(_registry, EntityBatchSize.Of(context), context.CancellationToken);
}
