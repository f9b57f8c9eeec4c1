using System.Reflection;
using System.Runtime.Loader;
using Millrace.Api;
using Millrace.Embedded.Cli;

namespace Millrace.Embedded.Hosting;

/// <summary>An assembly with jobs, loaded with its own dependencies beside those of the host.</summary>
internal sealed class JobAssembly
{
    internal JobAssembly(string path, IReadOnlyList<IStreamJob> jobs)
    {
        Path = path;
        Jobs = jobs;
    }

    public string Path { get; }

    /// <summary>Its jobs, by name.</summary>
    public IReadOnlyList<IStreamJob> Jobs { get; }

    /// <summary>Loads an assembly and makes its jobs.</summary>
    /// <param name="path">The assembly's file.</param>
    public static JobAssembly Load(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        if (Directory.Exists(full))
        {
            throw new CliException($"'{path}' is a directory, expected a file. Give the assembly (.dll) in it that holds your jobs.");
        }
        if (!File.Exists(full))
        {
            throw new CliException(
                $"'{path}' does not exist (looked for {full}). Give the assembly (.dll) that holds your jobs; build it first."
            );
        }
        try
        {
            Assembly assembly = new JobLoadContext(full).LoadFromAssemblyPath(full);
            IStreamJob[] jobs =
            [
                .. assembly
                    .GetTypes()
                    .Where(type =>
                        type is { IsAbstract: false, IsInterface: false, ContainsGenericParameters: false }
                        && typeof(IStreamJob).IsAssignableFrom(type)
                        && type.GetConstructor(Type.EmptyTypes) is not null
                    )
                    .Select(type => (IStreamJob)Activator.CreateInstance(type)!)
                    .OrderBy(job => job.Name, StringComparer.Ordinal),
            ];
            return jobs.Length > 0
                ? new JobAssembly(full, jobs)
                : throw new CliException(
                    $"'{path}' holds no job: expected a public class with IStreamJob and a constructor without parameters."
                );
        }
        catch (BadImageFormatException failure)
        {
            throw new CliException($"'{path}' is no .NET assembly. Give the .dll that 'dotnet build' makes of your jobs.", failure);
        }
        catch (ReflectionTypeLoadException failure)
        {
            string reason = failure.LoaderExceptions.FirstOrDefault()?.Message ?? failure.Message;
            throw new CliException(
                $"'{path}' cannot be loaded: {reason} Publish it (dotnet publish), so that its dependencies lie beside it.",
                failure
            );
        }
        catch (TargetInvocationException failure)
        {
            throw new CliException($"A job of '{path}' cannot be created: {failure.InnerException?.Message}", failure);
        }
    }

    /// <summary>The job of a name, or the only one.</summary>
    /// <param name="name">The name; <see langword="null"/> = the only one.</param>
    public IStreamJob Find(string? name)
    {
        string names = string.Join(", ", Jobs.Select(job => job.Name));
        if (name is null)
        {
            return Jobs is [IStreamJob only]
                ? only
                : throw new CliException($"'{Path}' holds {Jobs.Count} jobs: {names}. Choose one with --job NAME.");
        }
        return Jobs.FirstOrDefault(job => string.Equals(job.Name, name, StringComparison.Ordinal))
            ?? throw new CliException($"'{Path}' holds no job '{name}'; it holds {names}.");
    }

    /// <summary>
    /// Takes the host's own copy of what both know, so that types passed between host and job are one, unless the job wants a later
    /// version; that and everything else comes from beside the job assembly.
    /// </summary>
    private sealed class JobLoadContext(string path) : AssemblyLoadContext("jobs")
    {
        private readonly AssemblyDependencyResolver _resolver = new(path);

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            Assembly? shared = TryDefault(assemblyName);
            return shared is not null && (assemblyName.Version is null || shared.GetName().Version >= assemblyName.Version) ? shared
                : _resolver.ResolveAssemblyToPath(assemblyName) is { } found ? LoadFromAssemblyPath(found)
                : shared;
        }

        protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
            _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } found ? LoadUnmanagedDllFromPath(found) : 0;

        private static Assembly? TryDefault(AssemblyName name)
        {
            try
            {
                return Default.LoadFromAssemblyName(new AssemblyName(name.Name!));
            }
            catch (FileNotFoundException)
            {
                return null;
            }
        }
    }
}
