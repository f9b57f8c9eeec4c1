using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Millrace.Checkpoints;
using Millrace.Durable;
using Millrace.Durable.Hosting;
using Millrace.Functions.Configuration;

namespace Millrace.Functions.Jobs;

/// <summary>
/// The open jobs of this process. A job is opened at its first use, and anew when another process has given it a new state. Thread-safe.
/// </summary>
internal sealed class JobRegistry : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Task<DurableJobHost>>> _hosts = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<DurableJobHost> _retired = [];
    private readonly FailurePauses _openings;
    private readonly ConcurrentDictionary<string, byte> _failingTicks = new(StringComparer.Ordinal);
    private readonly IObjectStore _store;
    private readonly MillraceOptions _options;
    private readonly DurableServices _services;
    private readonly CancellationTokenSource _stopping = new();
    private int _isDisposed;

    public JobRegistry(JobCatalog catalog, IObjectStore store, MillraceOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        Catalog = catalog;
        _store = store;
        _options = options;
        _services = new DurableServices(time, loggers, _stopping.Token);
        _openings = new FailurePauses(time);
        States = new TaskStates(store, options.MaxEntityStateBytes, time);
    }

    public JobCatalog Catalog { get; }

    public TaskStates States { get; }

    public TimeProvider Time => _services.Time;

    public Task<DurableJobHost> OpenAsync(JobEntry job, CancellationToken cancellationToken) =>
        _hosts.GetOrAdd(job.Name, _ => new Lazy<Task<DurableJobHost>>(() => CreateAsync(job))).Value.WaitAsync(cancellationToken);

    /// <summary>
    /// For triggers, which deliver again at once what fails: each attempt to open a job that cannot be opened takes longer, up to half a
    /// minute.
    /// </summary>
    public async Task<DurableJobHost> OpenPatientlyAsync(JobEntry job, CancellationToken cancellationToken)
    {
        try
        {
            DurableJobHost host = await OpenAsync(job, cancellationToken).ConfigureAwait(false);
            _openings.Forget(job.Name);
            return host;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            await _openings.WaitAsync(job.Name, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Notes how a tick of a job has ended.</summary>
    /// <returns>Whether it is the first of its kind in a row: what fails with each tick is said once.</returns>
    public bool NoteTick(JobEntry job, bool hasFailed) =>
        hasFailed ? _failingTicks.TryAdd(job.Name, 0) : _failingTicks.TryRemove(job.Name, out _);

    /// <summary>
    /// Forgets an open job, so that its next use opens it anew. What still uses it may end: it is disposed with the process's jobs.
    /// </summary>
    public void Retire(JobEntry job, DurableJobHost host)
    {
        if (
            _hosts.TryGetValue(job.Name, out Lazy<Task<DurableJobHost>>? lazy)
            && lazy.IsValueCreated
            && lazy.Value.IsCompletedSuccessfully
            && ReferenceEquals(lazy.Value.Result, host)
            && _hosts.TryRemove(new KeyValuePair<string, Lazy<Task<DurableJobHost>>>(job.Name, lazy))
        )
        {
            _retired.Add(host);
        }
    }

    /// <summary>Jobs that are open now.</summary>
    public IEnumerable<DurableJobHost> Opened() =>
        _hosts.Values.Where(host => host.IsValueCreated && host.Value.IsCompletedSuccessfully).Select(host => host.Value.Result);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (DurableJobHost host in Opened().Concat(_retired).ToArray())
        {
            await host.DisposeAsync().ConfigureAwait(false);
        }

        _stopping.Dispose();
    }

    private async Task<DurableJobHost> CreateAsync(JobEntry job)
    {
        try
        {
            DurableHostOptions options = new()
            {
                RestoreFrom = job.RestoreFrom,
                RepairTimeout = TimeSpan.FromSeconds(_options.RepairTimeoutSeconds),
                ResendTimeout = TimeSpan.FromSeconds(_options.ResendTimeoutSeconds),
                MaxPendingOutputBytes = _options.MaxPendingOutputBytes,
            };
            return await new DurableJobOpener(job.Graph, _store, _services, options).OpenAsync(_stopping.Token).ConfigureAwait(false);
        }
        catch
        {
            _hosts.TryRemove(job.Name, out _);
            throw;
        }
    }
}
