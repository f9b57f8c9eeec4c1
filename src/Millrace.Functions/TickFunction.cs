using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Millrace.Durable.Hosting;
using Millrace.Functions.Jobs;
using Millrace.Functions.Tasks;

namespace Millrace.Functions;

/// <summary>The timer that closes windows of quiet partitions and repairs what was left undone.</summary>
public sealed class TickFunction
{
    internal const string EntryPoint = "Millrace.Functions.TickFunction.RunAsync";
    private readonly JobRegistry _registry;
    private readonly ILogger _logger;

    internal TickFunction(JobRegistry registry, ILoggerFactory loggers)
    {
        _registry = registry;
        _logger = loggers.CreateLogger("Millrace.Functions");
    }

    /// <summary>Creates the function.</summary>
    /// <param name="services">The app's services.</param>
    public TickFunction(IServiceProvider services)
        : this((JobRegistry)services!.GetService(typeof(JobRegistry))!, (ILoggerFactory)services.GetService(typeof(ILoggerFactory))!) { }

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

        // Side by side: a job that takes its time, such as one whose topics ticks read, holds nobody up.
        await Task.WhenAll(_registry.Catalog.Jobs.Select(job => TickAsync(job, client, context.CancellationToken))).ConfigureAwait(false);
    }

    private async Task TickAsync(JobEntry job, DurableTaskClient client, CancellationToken cancellationToken)
    {
        DurableJobHost? host = null;
        try
        {
            host = await _registry.OpenAsync(job, cancellationToken).ConfigureAwait(false);
            await host.ThrowIfSuspendedAsync(cancellationToken).ConfigureAwait(false);
            await host.Ticker.TickAsync(new ClientTasks(client, _registry, job, host), cancellationToken).ConfigureAwait(false);
            if (_registry.NoteTick(job, hasFailed: false))
            {
                Log.TicksAgain(_logger, job.Name);
            }
        }
        catch (JobSuspendedException exception)
        {
            if (exception.HasNewState)
            {
                _registry.Retire(job, host!);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            if (_registry.NoteTick(job, hasFailed: true))
            {
                Log.TickFailed(_logger, exception, job.Name);
            }
        }
    }
}
