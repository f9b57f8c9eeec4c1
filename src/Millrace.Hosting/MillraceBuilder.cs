using Microsoft.Extensions.DependencyInjection;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Runtime;

namespace Millrace.Hosting;

/// <summary>Which jobs a host runs, and how.</summary>
public sealed class MillraceBuilder
{
    internal MillraceBuilder(IServiceCollection services) => Services = services;

    /// <summary>The host's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Adds a job; its constructor gets services of the host.</summary>
    /// <typeparam name="TJob">The job.</typeparam>
    public MillraceBuilder AddJob<TJob>()
        where TJob : class, IStreamJob
    {
        Services.AddSingleton(static services => new JobRegistration(ActivatorUtilities.CreateInstance<TJob>(services)));
        return this;
    }

    /// <summary>Adds a job that there is already.</summary>
    /// <param name="job">The job.</param>
    public MillraceBuilder AddJob(IStreamJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        Services.AddSingleton(new JobRegistration(job));
        return this;
    }

    /// <summary>Adds a job that is declared in place.</summary>
    /// <param name="name">Its name; keep it for the life of the job's state.</param>
    /// <param name="build">Declares it.</param>
    public MillraceBuilder AddJob(string name, Action<StreamExecutionEnvironment, IServiceProvider> build)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(build);
        Services.AddSingleton(services => new JobRegistration(new DeclaredJob(name, env => build(env, services))));
        return this;
    }

    /// <summary>Sets options of the host of jobs, over those of the configuration.</summary>
    /// <param name="configure">Changes the options.</param>
    public MillraceBuilder Configure(Action<MillraceOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Services.Configure(configure);
        return this;
    }

    /// <summary>Sets how jobs run, over the configuration. What a job sets itself counts more.</summary>
    /// <param name="configure">Gets the name of a job and its options.</param>
    public MillraceBuilder ConfigureExecution(Action<string, ExecutionOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Services.AddSingleton(new ExecutionConfiguration(configure));
        return this;
    }

    /// <summary>Checkpoints go into a directory, instead of one that the configuration names.</summary>
    /// <param name="path">The directory; made when it is not there.</param>
    public MillraceBuilder UseDirectory(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return Configure(options => options.CheckpointDirectory = path);
    }

    /// <summary>Checkpoints go into a store.</summary>
    /// <param name="create">Makes the store, once.</param>
    public MillraceBuilder UseCheckpointStore(Func<IServiceProvider, IObjectStore> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        Services.AddSingleton(create);
        return this;
    }

    /// <summary>Takes a savepoint of each job when the host stops, within the host's shutdown timeout.</summary>
    public MillraceBuilder StopWithSavepoint() => Configure(static options => options.StopWithSavepoint = true);
}

internal sealed record JobRegistration(IStreamJob Job);

internal sealed record ExecutionConfiguration(Action<string, ExecutionOptions> Configure);
