using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Api;

namespace Millrace.Functions;

/// <summary>Collects the jobs that an app runs. Their constructors get services of the app.</summary>
public sealed class MillraceJobs
{
    private readonly List<JobFactory> _factories = [];

    internal MillraceJobs() { }

    internal IReadOnlyList<JobFactory> Factories => _factories;

    /// <summary>Adds a job; its constructor gets services of the app.</summary>
    /// <typeparam name="TJob">The job.</typeparam>
    public MillraceJobs Add<TJob>()
        where TJob : class, IStreamJob
    {
        _factories.Add(new JobFactory(typeof(TJob), static services => ActivatorUtilities.CreateInstance<TJob>(services)));
        return this;
    }

    /// <summary>Adds a job.</summary>
    /// <param name="job">The job.</param>
    public MillraceJobs Add(IStreamJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        _factories.Add(new JobFactory(job.GetType(), _ => job));
        return this;
    }

    /// <summary>Adds a job that is declared in place.</summary>
    /// <param name="name">Its name; keep it for the life of the job's state.</param>
    /// <param name="build">Declares it.</param>
    public MillraceJobs Add(string name, Action<StreamExecutionEnvironment, IServiceProvider> build)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(build);
        _factories.Add(new JobFactory(typeof(DeclaredJob), services => new DeclaredJob(name, env => build(env, services))));
        return this;
    }

    /// <summary>
    /// Adds all public jobs of an assembly; their constructors get services of the app. The setting <c>Millrace:Jobs</c> says which of them
    /// run.
    /// </summary>
    /// <param name="assembly">The assembly.</param>
    public MillraceJobs AddAssembly(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        foreach (Type type in assembly.GetExportedTypes())
        {
            if (!type.IsAbstract && type.IsAssignableTo(typeof(IStreamJob)) && type.GetConstructors().Length > 0)
            {
                _factories.Add(new JobFactory(type, services => (IStreamJob)ActivatorUtilities.CreateInstance(services, type)));
            }
        }

        return this;
    }
}

/// <summary>Makes a job of a type, when the app's services are there.</summary>
internal sealed record JobFactory(Type Type, Func<IServiceProvider, IStreamJob> Create);
