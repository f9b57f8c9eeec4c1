using System.Reflection;
using Millrace.Api;

namespace Millrace.Functions;

/// <summary>Collects the jobs that an app runs.</summary>
public sealed class MillraceJobs
{
    private readonly List<Func<IStreamJob>> _factories = [];

    internal MillraceJobs() { }

    internal IReadOnlyList<Func<IStreamJob>> Factories => _factories;

    /// <summary>Adds a job.</summary>
    /// <typeparam name="TJob">The job.</typeparam>
    public MillraceJobs Add<TJob>()
        where TJob : IStreamJob, new()
    {
        _factories.Add(static () => new TJob());
        return this;
    }

    /// <summary>Adds a job.</summary>
    /// <param name="job">The job.</param>
    public MillraceJobs Add(IStreamJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        _factories.Add(() => job);
        return this;
    }

    /// <summary>Adds all public jobs of an assembly; the setting <c>Millrace:Jobs</c> says which of them run.</summary>
    /// <param name="assembly">The assembly.</param>
    public MillraceJobs AddAssembly(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        foreach (Type type in assembly.GetExportedTypes())
        {
            if (!type.IsAbstract && type.IsAssignableTo(typeof(IStreamJob)) && type.GetConstructor(Type.EmptyTypes) is not null)
            {
                _factories.Add(() => (IStreamJob)Activator.CreateInstance(type)!);
            }
        }

        return this;
    }
}
