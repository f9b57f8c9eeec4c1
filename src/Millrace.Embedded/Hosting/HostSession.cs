using Microsoft.Extensions.Logging;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Embedded.Cli;
using Millrace.Graph;
using Millrace.Runtime;

namespace Millrace.Embedded.Hosting;

/// <summary>
/// What one command runs: a cluster (its own development broker, or a given one), a checkpoint store, and jobs.
/// <code>StartAsync -> StartJobAsync* -> WaitAsync -> DisposeAsync</code>
/// </summary>
internal sealed class HostSession : IAsyncDisposable
{
    private readonly HostSettings _settings;
    private readonly TemporaryDirectory _temporary = new();
    private readonly List<HostedJob> _jobs = [];
    private readonly CancellationTokenSource _stopping;
    private BrokerProcess? _broker;
    private KafkaCluster? _cluster;
    private IObjectStore? _store;

    private HostSession(HostSettings settings, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        _settings = settings;
        Loggers = loggers;
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    }

    public ILoggerFactory Loggers { get; }

    public KafkaCluster Cluster => _cluster ?? throw new InvalidOperationException("The session has not started.");

    public IReadOnlyList<HostedJob> Jobs => _jobs;

    /// <summary>Whether the broker came with the session, and its topics go with it.</summary>
    public bool OwnsBroker => _broker is not null;

    /// <summary>Whether the session ends because its duration is over.</summary>
    public bool IsDurationOver { get; private set; }

    /// <summary>Fires when the session is to end.</summary>
    public CancellationToken Stopping => _stopping.Token;

    public static async Task<HostSession> StartAsync(HostSettings settings, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        HostSession session = new(settings, loggers, cancellationToken);
        try
        {
            session._store = await CheckpointStores.OpenAsync(settings, session._temporary["checkpoints"], cancellationToken);
            if (settings.BootstrapServers is null)
            {
                session._broker = await BrokerProcess.StartAsync(session._temporary["broker"], cancellationToken: cancellationToken);
            }
            string servers = settings.BootstrapServers ?? session._broker!.BootstrapServers;
            session._cluster = await KafkaCluster.ConnectAsync(servers, settings.KafkaProperties, cancellationToken);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Checks a job and starts it.</summary>
    /// <param name="job">The job.</param>
    /// <param name="parameters">Its parameters, over those of the environment.</param>
    /// <param name="isTraffic">Whether it only feeds the others.</param>
    public async Task<HostedJob> StartJobAsync(
        IStreamJob job,
        IReadOnlyDictionary<string, string>? parameters = null,
        bool isTraffic = false
    )
    {
        JobParameters given = new(parameters ?? new Dictionary<string, string>(StringComparer.Ordinal));
        StreamExecutionEnvironment env = JobEnvironments.Create(_settings, Cluster.Properties, given, _store!, Loggers);
        if (isTraffic)
        {
            // Made up anew by every process: going on with an old one would make up times that are yet to come.
            env.Options.CheckpointInterval = null;
            env.CheckpointStore = new InMemoryObjectStore();
        }

        JobEnvironments.Declare(job, env);
        given.ThrowIfUnread($"Job '{job.Name}'");
        if (_settings.RestoreFrom is { } location)
        {
            await CheckpointStores.CheckLocationAsync(_settings, _store!, location, _stopping.Token);
        }
        return await StartJobAsync(env, job.Name, isTraffic);
    }

    /// <summary>Starts a job that is already declared.</summary>
    /// <param name="env">Where it is declared.</param>
    /// <param name="name">Its name.</param>
    /// <param name="isTraffic">Whether it only feeds the others.</param>
    public async Task<HostedJob> StartJobAsync(StreamExecutionEnvironment env, string name, bool isTraffic = false)
    {
        JobGraph graph = env.GetJobGraph(name);
        await JobTopics.CheckAsync(graph, Cluster, create: OwnsBroker || _settings.CreateTopics, _stopping.Token);
        HostedJob hosted = new(name, env.ExecuteDetached(name, _stopping.Token), isTraffic);
        _jobs.Add(hosted);
        return hosted;
    }

    /// <summary>An environment for a job of the host's own.</summary>
    public StreamExecutionEnvironment NewEnvironment() =>
        JobEnvironments.Create(_settings, Cluster.Properties, parameters: null, _store!, Loggers);

    /// <summary>
    /// Waits until the jobs that are no traffic have ended, the duration is over, or the session is stopped. Throws when a job has failed
    /// for good.
    /// </summary>
    public async Task WaitAsync(IEnumerable<HostedJob> jobs)
    {
        List<Task> running = [.. jobs.Select(job => (Task)job.Client.Completion)];
        Task over = Task.Delay(_settings.Duration ?? Timeout.InfiniteTimeSpan, TimeProvider.System, _stopping.Token);
        TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = _stopping.Token.Register(stopped.SetResult);
        while (running.Count > 0 && !_stopping.IsCancellationRequested)
        {
            Task ended = await Task.WhenAny([.. running, stopped.Task, over]);
            if (ended == over && over.IsCompletedSuccessfully)
            {
                IsDurationOver = true;
                foreach (HostedJob job in _jobs)
                {
                    job.NoteEnd();
                }
                await _stopping.CancelAsync();
                break;
            }

            running.Remove(ended);
            if (ended.IsFaulted)
            {
                await ended;
            }
        }
    }

    /// <summary>Ends all jobs; their counters can still be read.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        foreach (JobClient client in _jobs.Select(job => job.Client))
        {
            await client.CancelAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        foreach (JobClient client in _jobs.Select(job => job.Client))
        {
            await client.DisposeAsync();
        }
        _cluster?.Dispose();
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }
        _temporary.Dispose();
        _stopping.Dispose();
    }
}
