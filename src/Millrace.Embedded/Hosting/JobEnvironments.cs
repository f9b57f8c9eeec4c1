using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Embedded.Cli;
using Millrace.Runtime;

namespace Millrace.Embedded.Hosting;

/// <summary>Makes the environment that a job is declared in.</summary>
internal static class JobEnvironments
{
    public static StreamExecutionEnvironment Create(
        HostSettings settings,
        IReadOnlyDictionary<string, string> kafka,
        IReadOnlyDictionary<string, string>? parameters,
        IObjectStore store,
        ILoggerFactory loggers)
    {
        ExecutionOptions options = new() { Parallelism = settings.Parallelism, CheckpointInterval = settings.CheckpointInterval, RestoreFrom = settings.RestoreFrom };
        return new StreamExecutionEnvironment(options, Configuration(kafka, parameters)) { CheckpointStore = store, LoggerFactory = loggers };
    }

    /// <summary>The environment's variables, over them the cluster as section Kafka, over that the parameters.</summary>
    public static IConfiguration Configuration(IReadOnlyDictionary<string, string> kafka, IReadOnlyDictionary<string, string>? parameters) =>
        new ConfigurationBuilder()
            .AddEnvironmentVariables()
            .AddInMemoryCollection(kafka.Select(property => KeyValuePair.Create("Kafka:" + property.Key, (string?)property.Value)))
            .AddInMemoryCollection((parameters ?? new Dictionary<string, string>(StringComparer.Ordinal)).Select(parameter => KeyValuePair.Create(parameter.Key, (string?)parameter.Value)))
            .Build();
}
