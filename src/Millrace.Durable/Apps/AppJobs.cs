using System.Collections.Concurrent;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Durable.Hosting;
using Millrace.Durable.Tasks;
using Millrace.Graph;
using Millrace.Scheduling;

namespace Millrace.Durable.Apps;

/// <summary>
/// The jobs of an app in one of its processes, and what its triggers, its timer and its entities do with them. A job is opened at its first
/// use, and anew when another process has given it a new state. Thread-safe.
/// </summary>
#pragma warning disable MA0053 // The function app has one of its own.
internal class AppJobs : IAsyncDisposable
#pragma warning restore MA0053
{
    private const int MaxAttempts = 5;
    private readonly Dictionary<string, AppJob> _byKey;
    private readonly ConcurrentDictionary<string, SharedWork<DurableJobHost>> _hosts = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<DurableJobHost> _retired = [];
    private readonly FailurePauses _openings;
    private readonly ConcurrentDictionary<string, byte> _failingTicks = new(StringComparer.Ordinal);
    private readonly IObjectStore _store;
    private readonly ILedgerStore? _ledgers;
    private readonly DurableHostOptions _options;
    private readonly CancellationTokenSource _stopping = new();
    private int _isDisposed;

    /// <param name="jobs">The jobs.</param>
    /// <param name="store">Where savepoints and large states are.</param>
    /// <param name="options">How to run them; what a job starts from, the job says.</param>
    /// <param name="services">Clock and logs.</param>
    /// <param name="ledgers">Where ledgers are; <see langword="null"/> = objects of the store.</param>
    public AppJobs(
        IReadOnlyList<AppJob> jobs,
        IObjectStore store,
        DurableHostOptions options,
        DurableServices services,
        ILedgerStore? ledgers = null
    )
    {
        Jobs = jobs;
        _byKey = jobs.ToDictionary(job => TaskKey.KeyOf(job.Name), StringComparer.Ordinal);
        _store = store;
        _ledgers = ledgers;
        _options = options;
        Services = services with { CancellationToken = _stopping.Token };
        _openings = new FailurePauses(services.Time);
        Warm = new WarmTasks(options.MaxWarmStateBytes);
    }

    public IReadOnlyList<AppJob> Jobs { get; }

    public DurableServices Services { get; }

    /// <summary>Tasks that ran last.</summary>
    public WarmTasks Warm { get; }

    public AppJob? FindByKey(string key) => _byKey.GetValueOrDefault(key);

    /// <summary>
    /// What a trigger does with a batch. Returns when everything in it is committed; an exception means that it has to be delivered again.
    /// </summary>
    public async Task DeliverAsync(
        AppJob job,
        Stage source,
        IReadOnlyList<RawRecord> batch,
        IEntityClient client,
        CancellationToken cancellationToken
    )
    {
        DurableJobHost host = await OpenPatientlyAsync(job, cancellationToken).ConfigureAwait(false);
        try
        {
            await host.Sources.ProcessAsync(source, batch, new EntityTasks(client, this, host), cancellationToken).ConfigureAwait(false);
        }
        catch (JobSuspendedException exception) when (exception.HasNewState)
        {
            // The next delivery opens the job as it is then.
            Retire(job, host);
            throw;
        }
    }

    /// <summary>What the timer does: ticks every job; one that fails or takes its time holds nobody up.</summary>
    public Task TickAsync(IEntityClient client, CancellationToken cancellationToken) =>
        Task.WhenAll(Jobs.Select(job => TickAsync(job, client, cancellationToken)));

    public Task<DurableJobHost> OpenAsync(AppJob job, CancellationToken cancellationToken)
    {
        if (!_hosts.TryGetValue(job.Name, out SharedWork<DurableJobHost>? opening))
        {
            SharedWork<DurableJobHost> mine = new(Services.Execution);
            opening = _hosts.GetOrAdd(job.Name, mine);
            if (ReferenceEquals(opening, mine))
            {
                mine.Start(() => CreateAsync(job, mine));
            }
        }

        return opening.WaitAsync().WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Forgets an open job, so that its next use opens it anew. What still uses it may end: it is disposed with the process's jobs.
    /// </summary>
    public void Retire(AppJob job, DurableJobHost host)
    {
        if (
            _hosts.TryGetValue(job.Name, out SharedWork<DurableJobHost>? opened)
            && ReferenceEquals(opened.Result, host)
            && _hosts.TryRemove(new KeyValuePair<string, SharedWork<DurableJobHost>>(job.Name, opened))
        )
        {
            _retired.Add(host);
            Warm.Forget(host);
        }
    }

    /// <summary>Does what may fail for a moment, five times at most, after pauses that double.</summary>
    /// <param name="action">What is done.</param>
    /// <param name="firstPause">How long the first pause is.</param>
    /// <param name="cancellationToken">Ends the pauses.</param>
    public async Task<T> AttemptAsync<T>(Func<Task<T>> action, TimeSpan firstPause, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await action().ConfigureAwait(false);
            }
            catch (Exception exception)
                when (attempt < MaxAttempts && exception is not OutOfMemoryException && !cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(firstPause * (1 << (attempt - 1)), Services.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Jobs that are open now.</summary>
    public IEnumerable<DurableJobHost> Opened() => _hosts.Values.Select(host => host.Result).OfType<DurableJobHost>();

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await Services.Execution.CancelAsync(_stopping).ConfigureAwait(false);
        Warm.Dispose();
        foreach (DurableJobHost host in Opened().Concat(_retired).ToArray())
        {
            await host.DisposeAsync().ConfigureAwait(false);
        }

        _stopping.Dispose();
    }

    /// <summary>
    /// For triggers, which deliver again at once what fails: each attempt to open a job that cannot be opened takes longer, up to half a
    /// minute.
    /// </summary>
    private async Task<DurableJobHost> OpenPatientlyAsync(AppJob job, CancellationToken cancellationToken)
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

    private async Task<DurableJobHost> CreateAsync(AppJob job, SharedWork<DurableJobHost> opening)
    {
        try
        {
            DurableHostOptions options = _options with { RestoreFrom = job.RestoreFrom };
            return await new DurableJobOpener(job.Graph, _store, Services, options, _ledgers)
                .OpenAsync(_stopping.Token)
                .ConfigureAwait(false);
        }
        catch
        {
            _hosts.TryRemove(new KeyValuePair<string, SharedWork<DurableJobHost>>(job.Name, opening));
            throw;
        }
    }

    private async Task TickAsync(AppJob job, IEntityClient client, CancellationToken cancellationToken)
    {
        DurableJobHost? host = null;
        try
        {
            host = await OpenAsync(job, cancellationToken).ConfigureAwait(false);
            await host.Suspension.ThrowIfSuspendedAsync(cancellationToken).ConfigureAwait(false);
            await host.Ticker.TickAsync(new EntityTasks(client, this, host), cancellationToken).ConfigureAwait(false);
            if (_failingTicks.TryRemove(job.Name, out _))
            {
                Log.TicksAgain(host.Job.Logger, job.Name);
            }
        }
        catch (JobSuspendedException exception)
        {
            if (exception.HasNewState)
            {
                Retire(job, host!);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // What fails with each tick is said once.
            if (_failingTicks.TryAdd(job.Name, 0))
            {
                Log.TickFailed(Services.LoggerFactory.CreateLogger(DurableJob.LogName), exception, job.Name);
            }
        }
    }
}

/// <summary>A job of an app, checked and described.</summary>
#pragma warning disable MA0053 // The function app has one of its own.
internal class AppJob
#pragma warning restore MA0053
{
    public AppJob(JobGraph graph, string? restoreFrom)
    {
        Graph = graph;
        RestoreFrom = restoreFrom;
        Plan = new DurableJobPlan(graph, graph.Name);
        StagesByKey = graph.Stages.Where(stage => !stage.IsSource).ToDictionary(stage => TaskKey.KeyOf(stage.Uid), StringComparer.Ordinal);
    }

    public JobGraph Graph { get; }

    public string Name => Graph.Name;

    public string? RestoreFrom { get; }

    /// <summary>The job's shape; its incarnation is known only when it is opened.</summary>
    public DurableJobPlan Plan { get; }

    public IReadOnlyDictionary<string, Stage> StagesByKey { get; }
}
