using System.Reflection;
using Microsoft.Extensions.Configuration;
using Millrace.Api;
using Millrace.Connectors;
using Millrace.Durable.Apps;
using Millrace.Durable.Tasks;
using Millrace.Functions.Configuration;
using Millrace.Graph;
using Millrace.Runtime;

namespace Millrace.Functions.Jobs;

/// <summary>The jobs of the app and the functions that they need. Immutable.</summary>
internal sealed class JobCatalog
{
    private readonly Dictionary<string, JobEntry> _byName;
    private readonly Dictionary<string, JobEntry> _byKey;
    private readonly Dictionary<string, SourceFunctionEntry> _functions;

    private JobCatalog(IReadOnlyList<JobEntry> jobs)
    {
        Jobs = jobs;
        _byName = jobs.ToDictionary(job => job.Name, StringComparer.Ordinal);
        _byKey = jobs.ToDictionary(job => TaskKey.KeyOf(job.Name), StringComparer.Ordinal);
        Dictionary<DurableJobPlan, JobEntry> byPlan = jobs.ToDictionary(job => job.Plan);
        SourceFunctions =
        [
            .. DurableTrigger.Of(jobs.Select(job => job.Plan)).Select(trigger => new SourceFunctionEntry(byPlan[trigger.Plan], trigger)),
        ];
        OutboxFunctions = [.. NameOutboxes(jobs)];
        _functions = SourceFunctions.ToDictionary(function => function.FunctionName, StringComparer.OrdinalIgnoreCase);
    }

    public IReadOnlyList<JobEntry> Jobs { get; }

    public IReadOnlyList<SourceFunctionEntry> SourceFunctions { get; }

    /// <summary>The activities of the sinks that the host's output binding serves, each with its topic.</summary>
    public IReadOnlyList<(string Name, string Topic)> OutboxFunctions { get; }

    public JobEntry? Find(string name) => _byName.GetValueOrDefault(name);

    public JobEntry? FindByKey(string key) => _byKey.GetValueOrDefault(key);

    public SourceFunctionEntry Function(string name) =>
        _functions.TryGetValue(name, out SourceFunctionEntry? function)
            ? function
            : throw new InvalidOperationException(
                $"Function '{name}' belongs to no source; the app's functions are {string.Join(", ", _functions.Keys)}."
            );

    public static JobCatalog Create(
        MillraceJobs jobs,
        MillraceOptions options,
        IConfiguration configuration,
        IServiceProvider services,
        List<string> errors
    )
    {
        IConfiguration jobConfiguration = options.JobConfiguration(configuration);
        List<string> notMade = [];
        IStreamJob[] all = [.. jobs.Factories.Select(factory => Make(factory, services, notMade)).OfType<IStreamJob>()];
        foreach (
            IGrouping<string, IStreamJob> twins in all.GroupBy(job => job.Name, StringComparer.Ordinal).Where(group => group.Count() > 1)
        )
        {
            errors.Add(
                $"Job '{twins.Key}' is there {twins.Count()} times ({string.Join(", ", twins.Select(job => job.GetType().Name))}); names "
                    + "of jobs must be unique."
            );
        }

        string[] wanted =
            options.Jobs?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            ?? [.. all.Select(job => job.Name).Distinct(StringComparer.Ordinal)];
        // The name of a job that could not be made is not known: it may be one of these.
        if (options.Jobs is null || !wanted.All(name => Array.Exists(all, job => IsNamed(job, name))))
        {
            errors.AddRange(notMade);
        }

        if (wanted.Length == 0 && notMade.Count == 0)
        {
            errors.Add(
                "The app has no job; add some with AddMillraceJobs(jobs => jobs.Add<MyJob>()), and name them in the setting Millrace:Jobs "
                    + "or leave that out."
            );
        }

        errors.AddRange(UnknownSettings(all, configuration));
        List<JobEntry> entries = [];
        foreach (string name in wanted)
        {
            if (Array.Find(all, job => IsNamed(job, name)) is not { } job)
            {
                errors.Add(
                    $"Setting Millrace:Jobs names job '{name}', which the app does not have; it has "
                        + $"{string.Join(", ", all.Select(known => $"'{known.Name}'"))}."
                );
            }
            else if (Build(job, options, jobConfiguration, errors) is { } entry)
            {
                entries.Add(entry);
            }
        }

        return new JobCatalog(errors.Count == 0 ? entries : []);
    }

    private static bool IsNamed(IStreamJob job, string name) => string.Equals(job.Name, name, StringComparison.Ordinal);

    private static IStreamJob? Make(JobFactory factory, IServiceProvider services, List<string> errors)
    {
        try
        {
            return factory.Create(services);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            string reason = (exception as TargetInvocationException)?.InnerException?.Message ?? exception.Message;
            errors.Add(
                $"Job {factory.Type.Name} could not be made: {reason} Register what its constructor asks for with builder.Services, or "
                    + "correct it."
            );
            return null;
        }
    }

    // Of sections Millrace:JOB; settings of the app itself are looked at where they are read.
    private static IEnumerable<string> UnknownSettings(IStreamJob[] jobs, IConfiguration configuration)
    {
        string known = string.Join(", ", jobs.Select(job => $"'{job.Name}'"));
        foreach (IConfigurationSection section in configuration.GetSection("Millrace").GetChildren())
        {
            string[] names = [.. section.GetChildren().Select(setting => setting.Key)];
            bool isJob = Array.Exists(jobs, job => MillraceOptions.IsOfJob(section.Key, job.Name));
            foreach (string name in names.Where(name => !isJob || name.ToUpperInvariant() is not ("PARALLELISM" or "RESTOREFROM")))
            {
                yield return $"Setting Millrace:{section.Key}:{name} is unknown, expected Millrace:JOB:Parallelism or "
                    + $"Millrace:JOB:RestoreFrom with one of the jobs {known}. Correct its name, or remove it.";
            }
        }
    }

    private static IEnumerable<(string Name, string Topic)> NameOutboxes(IReadOnlyList<JobEntry> jobs)
    {
        (JobEntry Job, string Uid, string Topic)[] sinks =
        [
            .. jobs.SelectMany(job =>
                job.Graph.Nodes.Where(node => node.Sink is IDurableSink { Guarantee: DurableSinkGuarantee.BestEffort })
                    .Select(node => (job, job.Graph.UidOf(node), node.Topics[0].Name))
            ),
        ];
        string[] names = FunctionNames.Assign(sinks, sink => $"outbox-{sink.Job.Name}-{sink.Uid}", sink => $"{sink.Job.Name}/{sink.Uid}");
        foreach (((JobEntry job, string uid, string topic), string name) in sinks.Zip(names))
        {
            job.OutboxFunctions[uid] = name;
            yield return (name, topic);
        }
    }

    private static JobEntry? Build(IStreamJob job, MillraceOptions options, IConfiguration configuration, List<string> errors)
    {
        try
        {
            StreamExecutionEnvironment env = new(new ExecutionOptions { Parallelism = options.Parallelism }, configuration);
            if (MillraceOptions.ParallelismOf(configuration, job.Name, errors) is { } parallelism)
            {
                env.SetParallelism(parallelism);
            }

            job.Build(env);
            JobGraph graph = env.GetJobGraph(job.Name, hasStatelessSources: true);
            return new JobEntry(graph, MillraceOptions.OfJob(configuration, job.Name, "RestoreFrom"));
        }
        catch (JobValidationException exception)
        {
            errors.AddRange(exception.Errors.Select(error => $"Job '{job.Name}': {error}"));
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or NotSupportedException)
        {
            errors.Add($"Job '{job.Name}': {exception.Message}");
        }

        return null;
    }
}
