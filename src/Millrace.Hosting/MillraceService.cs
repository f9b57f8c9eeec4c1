using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Graph;
using Millrace.Runtime;

namespace Millrace.Hosting;

/// <summary>
/// Runs the jobs of a host.
/// <code>
/// StartAsync: all jobs are declared and checked, then started -> StopAsync: savepoints, if asked for, and the end -> DisposeAsync
/// </code>
/// </summary>
internal sealed class MillraceService(
    IEnumerable<JobRegistration> registrations,
    IEnumerable<ExecutionConfiguration> executions,
    MillraceJobs jobs,
    IConfiguration configuration,
    IOptions<MillraceOptions> options,
    IServiceProvider services,
    IHostApplicationLifetime lifetime,
    ILoggerFactory loggers,
    TimeProvider time
) : IHostedService, IAsyncDisposable
{
    // As ./run: without checkpoints an exactly-once sink would never commit.
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DisposeTimeout = TimeSpan.FromSeconds(1);
    private readonly ILogger _log = loggers.CreateLogger("Millrace.Hosting");
    private readonly List<JobClient> _clients = [];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        IObjectStore store = OpenStore();
        List<(string Name, StreamExecutionEnvironment Environment)> declared = [];
        foreach (JobRegistration registration in registrations)
        {
            cancellationToken.ThrowIfCancellationRequested();
            declared.Add((registration.Job.Name, Declare(registration.Job, store)));
        }

        if (declared.Count == 0)
        {
            Log.NoJobs(_log);
        }

        foreach ((string name, StreamExecutionEnvironment env) in declared)
        {
            // A job is not stopped by the host's token of starting, but by StopAsync.
            JobClient client = env.ExecuteDetached(name, CancellationToken.None);
            _clients.Add(client);
            jobs.Add(client);
            _ = WatchAsync(client);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_clients.Select(client => StopAsync(client, cancellationToken)));

    public async ValueTask DisposeAsync()
    {
        foreach (JobClient client in _clients)
        {
            // Whoever has not ended within the host's timeout is not waited for once more.
            Task disposed = client.DisposeAsync().AsTask();
            await disposed.WaitAsync(DisposeTimeout, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private IObjectStore OpenStore()
    {
        if (options.Value.CheckpointDirectory is { } directory)
        {
            try
            {
                return new DirectoryObjectStore(Path.GetFullPath(directory));
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
            {
                throw new InvalidOperationException(
                    $"Checkpoints cannot be kept in '{directory}' ({MillraceServices.Section}:CheckpointDirectory, or UseDirectory): "
                        + $"{failure.Message} Name a directory that can be made and written.",
                    failure
                );
            }
        }

        if (services.GetService<IObjectStore>() is { } registered)
        {
            return registered;
        }

        Log.CheckpointsInMemory(_log);
        return new InMemoryObjectStore();
    }

    private StreamExecutionEnvironment Declare(IStreamJob job, IObjectStore store)
    {
        IConfigurationSection section = MillraceServices.SectionOf(configuration, job.Name);
        ExecutionOptions execution = new() { CheckpointInterval = DefaultInterval, RestoresOnce = true };
        Bind(configuration.GetSection($"{MillraceServices.Section}:Execution"), execution);
        Bind(section.GetSection("Execution"), execution);
        foreach (ExecutionConfiguration each in executions)
        {
            each.Configure(job.Name, execution);
        }

        StreamExecutionEnvironment env = new(
            execution,
            new ConfigurationBuilder().AddConfiguration(configuration).AddConfiguration(section).Build()
        )
        {
            CheckpointStore = store,
            LoggerFactory = loggers,
            TimeProvider = time,
        };
        try
        {
            job.Build(env);
            env.GetJobGraph(job.Name);
        }
        catch (Exception failure) when (failure is not (JobValidationException or OperationCanceledException))
        {
            throw new InvalidOperationException(
                $"Job '{job.Name}' cannot be declared: {failure.GetType().Name}: {failure.Message.TrimEnd('.')}. Correct the job, its "
                    + $"parameters in section '{section.Path}', or those of all jobs in '{MillraceServices.Section}:Execution'.",
                failure
            );
        }

        return env;
    }

    private static void Bind(IConfigurationSection section, ExecutionOptions execution)
    {
        try
        {
            section.Bind(execution, static binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException failure)
        {
            throw new InvalidOperationException(
                $"Section '{section.Path}' of the configuration does not fit {nameof(ExecutionOptions)}: "
                    + $"{failure.Message.TrimEnd('.')}. Names and values are those of its properties, such as CheckpointInterval = "
                    + "00:00:10.",
                failure
            );
        }
    }

    private async Task StopAsync(JobClient client, CancellationToken cancellationToken)
    {
        if (options.Value.StopWithSavepoint && client.Status is JobStatus.Running)
        {
            try
            {
                Log.Stopped(
                    _log,
                    client.JobName,
                    await client.StopWithSavepointAsync(target: null, cancellationToken).ConfigureAwait(false)
                );
                return;
            }
            catch (Exception failure)
            {
                // Whatever the store or the job throws: it is cancelled then.
                Log.NoSavepoint(_log, failure, client.JobName);
            }
        }

        try
        {
            await client.CancelAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Log.NotEnded(_log, client.JobName);
        }
    }

    private async Task WatchAsync(JobClient client)
    {
        try
        {
            await client.Completion.ConfigureAwait(false);
            Log.Finished(_log, client.JobName);
        }
        catch (OperationCanceledException)
        {
            Log.Cancelled(_log, client.JobName);
        }
        catch (Exception failure)
        {
            Log.Failed(_log, failure, client.JobName);
            if (options.Value.OnJobFailure == JobFailureBehavior.StopHost)
            {
                Environment.ExitCode = 1;
                lifetime.StopApplication();
            }
        }
    }
}
