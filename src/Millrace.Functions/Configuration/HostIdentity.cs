using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Millrace.Checkpoints;

namespace Millrace.Functions.Configuration;

/// <summary>
/// Warns at the start where the names that the host goes by are wrong: its timer's lock is named by the host id, so replicas of an app need
/// one in common and apps on one storage account need different ones. Nothing here fails or delays the start.
/// </summary>
internal sealed class HostIdentity(IConfiguration configuration, IEnumerable<string> jobs, IObjectStore store, ILoggerFactory loggers)
    : BackgroundService
{
    private const int MaxHostId = 32;
    private readonly ILogger _logger = loggers.CreateLogger("Millrace.Functions");
    private readonly string _jobs = string.Join(", ", jobs.Order(StringComparer.Ordinal));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The store's client is the caller's thread until its first wait; the start goes on meanwhile.
        await Task.Yield();

        // Flex Consumption gives its instances no id.
        bool isInAzure = Setting("WEBSITE_INSTANCE_ID") is not null || Setting("WEBSITE_SKU") is not null;
        string? given = Setting("AzureFunctionsWebHost:hostid");
        string? app = isInAzure ? AppName() : null;
        if (given is null && app?.Length > MaxHostId)
        {
            Log.HostIdIsCut(_logger, app, Cut(app));
        }
        else if (given is null && !isInAzure && IsContainer())
        {
            Log.HostIdIsMissing(_logger);
        }

        if (!isInAzure && IsContainer() && Setting("WEBSITE_HOSTNAME") is null)
        {
            Log.HostNameIsMissing(_logger);
        }

        // What the host makes of a machine's name is that machine's own.
        if ((given ?? (app is null ? null : Cut(app))) is { } hostId)
        {
            await CompareAsync(hostId, app, stoppingToken).ConfigureAwait(false);
        }
    }

    private async Task CompareAsync(string hostId, string? app, CancellationToken cancellationToken)
    {
        try
        {
            string name = $"apps/{ObjectNames.Escape(hostId)}.json";
            HostOwner mine = new(app, _jobs);
            StoredObject? there = await store.GetAsync(name, cancellationToken).ConfigureAwait(false);
            HostOwner? other = there is null ? null : JsonSerializer.Deserialize<HostOwner>(there.Content.Span);
            if (other == mine)
            {
                return;
            }

            // An app that was moved or given other jobs is told once; two that share an id, at every other start.
            if (other is not null)
            {
                Log.HostIdIsShared(_logger, hostId, other.ToString(), mine.ToString());
            }

            await store
                .PutAsync(
                    name,
                    new ReadOnlySequence<byte>(JsonSerializer.SerializeToUtf8Bytes(mine)),
                    there is null ? PutCondition.IfAbsent : PutCondition.IfMatch(there.ETag),
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested) { }
        catch (Exception exception)
        {
            // Storage that is away, or another replica that was first: the jobs say it where it matters to them.
            Log.HostIdNotCompared(_logger, exception, hostId);
        }
    }

    private string? AppName() =>
        Setting("WEBSITE_SITE_NAME") is not { } site ? null
        : Setting("WEBSITE_SLOT_NAME") is { } slot && !string.Equals(slot, "production", StringComparison.OrdinalIgnoreCase)
            ? $"{site}-{slot}"
        : site;

    private bool IsContainer() => Setting("KUBERNETES_SERVICE_HOST") is not null || Setting("DOTNET_RUNNING_IN_CONTAINER") is not null;

    private string? Setting(string name) => configuration[name] is { Length: > 0 } value ? value : null;

    // As the host does it.
#pragma warning disable CA1308
    private static string Cut(string app) => (app.Length > MaxHostId ? app[..MaxHostId] : app).ToLowerInvariant().TrimEnd('-');
#pragma warning restore CA1308

    private sealed record HostOwner(string? App, string Jobs)
    {
        public override string ToString() => App ?? Jobs;
    }
}
