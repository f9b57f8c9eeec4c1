using Microsoft.Extensions.Logging;
using Millrace.Checkpoints;
using Millrace.Durable.Apps;
using Millrace.Durable.Hosting;
using Millrace.Durable.Tasks;
using Millrace.Functions.Configuration;

namespace Millrace.Functions.Jobs;

/// <summary>The jobs of this app and process, with the functions that were generated for them. Thread-safe.</summary>
internal sealed class JobRegistry(
    JobCatalog catalog,
    IObjectStore store,
    ILedgerStore ledgers,
    MillraceOptions options,
    TimeProvider time,
    ILoggerFactory loggers
)
    : AppJobs(
        catalog.Jobs,
        store,
        new DurableHostOptions
        {
            RepairTimeout = TimeSpan.FromSeconds(options.RepairTimeoutSeconds),
            ResendTimeout = TimeSpan.FromSeconds(options.ResendTimeoutSeconds),
            MaxPendingOutputBytes = options.MaxPendingOutputBytes,
            MaxStateBytes = options.MaxEntityStateBytes,
            MaxWarmStateBytes = options.MaxWarmStateBytes,
        },
        new DurableServices(time, loggers, CancellationToken.None),
        ledgers
    )
{
    public JobCatalog Catalog { get; } = catalog;
}
