using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Millrace.Functions.Jobs;
using Millrace.Functions.Tasks;

namespace Millrace.Functions;

/// <summary>The timer that closes windows of quiet partitions and repairs what was left undone.</summary>
public sealed class TickFunction
{
    internal const string EntryPoint = "Millrace.Functions.TickFunction.RunAsync";
    private readonly JobRegistry _registry;

    internal TickFunction(JobRegistry registry) => _registry = registry;

    /// <summary>Creates the function.</summary>
    /// <param name="services">The app's services.</param>
    public TickFunction(IServiceProvider services)
        : this((JobRegistry)services!.GetService(typeof(JobRegistry))!) { }

    /// <summary>Ticks every job; one that fails does not keep the others from theirs.</summary>
    /// <param name="timer">When it is due.</param>
    /// <param name="client">The way to entities.</param>
    /// <param name="context">The invocation.</param>
    [Function("millrace-tick")]
    public async Task RunAsync(
        [TimerTrigger("%MillraceTick%")] TimerInfo timer,
        [DurableClient] DurableTaskClient client,
        FunctionContext context
    )
    {
        ArgumentNullException.ThrowIfNull(context);
        await _registry.TickAsync(new TaskEntityClient(client), context.CancellationToken).ConfigureAwait(false);
    }
}
