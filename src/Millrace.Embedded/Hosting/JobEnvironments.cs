using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Embedded.Cli;
using Millrace.Graph;
using Millrace.Kafka;
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
    public static IConfiguration Configuration(IReadOnlyDictionary<string, string> kafka, JobParameters? parameters)
    {
        IConfiguration environment = new ConfigurationBuilder().AddEnvironmentVariables().Build();

        // The cluster of the command line, also over other spellings of the environment: Kafka__bootstrap_servers.
        IEnumerable<KeyValuePair<string, string?>> cluster = kafka
            .Select(property => KeyValuePair.Create("Kafka:" + property.Key, (string?)property.Value))
            .Concat(
                environment
                    .GetSection("Kafka")
                    .GetChildren()
                    .Select(entry => (entry.Path, Name: KafkaConfiguration.NameOf(entry.Key)))
                    .Where(entry => kafka.ContainsKey(entry.Name))
                    .Select(entry => KeyValuePair.Create(entry.Path, (string?)kafka[entry.Name]))
            );
        return new ConfigurationBuilder()
            .AddConfiguration(environment)
            .AddInMemoryCollection(cluster)
            .Add(parameters ?? new JobParameters(new Dictionary<string, string>(StringComparer.Ordinal)))
            .Build();
    }

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
