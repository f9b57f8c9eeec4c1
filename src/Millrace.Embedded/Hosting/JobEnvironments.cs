using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Embedded.Cli;
using Millrace.Graph;
using Millrace.Runtime;

namespace Millrace.Embedded.Hosting;

/// <summary>Makes the environment that a job is declared in.</summary>
internal static class JobEnvironments
{
    public static StreamExecutionEnvironment Create(
        HostSettings settings,
        IReadOnlyDictionary<string, string> kafka,
        JobParameters? parameters,
        IObjectStore store,
        ILoggerFactory loggers
    )
    {
        ExecutionOptions options = new()
        {
            Parallelism = settings.Parallelism,
            CheckpointInterval = settings.CheckpointInterval,
            StateBackend = settings.StateBackend,
            RestoreFrom = settings.RestoreFrom,
            AllowNonRestoredState = settings.AllowNonRestoredState,
        };
        return new StreamExecutionEnvironment(options, Configuration(kafka, parameters))
        {
            CheckpointStore = store,
            LoggerFactory = loggers,
        };
    }

    /// <summary>The environment's variables, over them the cluster as section Kafka, over that the parameters.</summary>
    public static IConfiguration Configuration(IReadOnlyDictionary<string, string> kafka, JobParameters? parameters) =>
        new ConfigurationBuilder()
            .AddEnvironmentVariables()
            .AddInMemoryCollection(kafka.Select(property => KeyValuePair.Create("Kafka:" + property.Key, (string?)property.Value)))
            .Add(parameters ?? new JobParameters(new Dictionary<string, string>(StringComparer.Ordinal)))
            .Build();

    /// <summary>Declares a job; what its declaration throws names the job.</summary>
    /// <exception cref="CliException">The job's <see cref="IStreamJob.Build"/> threw.</exception>
    public static void Declare(IStreamJob job, StreamExecutionEnvironment env)
    {
        try
        {
            job.Build(env);
        }
        catch (Exception failure) when (failure is not (JobValidationException or CliException or OperationCanceledException))
        {
            throw new CliException(
                $"Job '{job.Name}' cannot be declared: its Build threw {failure.GetType().Name}: {failure.Message.TrimEnd('.')}. Correct "
                    + "the job or its parameters; --verbose shows where it was thrown.",
                failure
            );
        }
    }
}
