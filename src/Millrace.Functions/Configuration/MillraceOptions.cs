using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Millrace.AzureBlobs;

namespace Millrace.Functions.Configuration;

/// <summary>Settings of an app, section <c>Millrace</c>.</summary>
public sealed class MillraceOptions
{
    /// <summary>Names of the jobs to run, separated by commas. Default: all that the app has.</summary>
    public string? Jobs { get; set; }

    /// <summary>
    /// Name of the setting with the broker list; the user name and password stand in settings of the same prefix. Default:
    /// <c>KafkaBrokers</c>.
    /// </summary>
    [Required]
    public string BrokersSetting { get; set; } = "KafkaBrokers";

    /// <summary>Name of the connection to the storage of ledgers, states and savepoints. Default: <c>AzureWebJobsStorage</c>.</summary>
    [Required]
    public string StorageConnection { get; set; } = "AzureWebJobsStorage";

    /// <summary>Blob container: 3 to 63 lower-case letters, digits and single <c>-</c> between them. Default: <c>millrace</c>.</summary>
    public string Container { get; set; } = "millrace";

    /// <summary>When ticks happen, a cron expression with seconds. Default: every 5 seconds.</summary>
    [Required]
    public string TickSchedule { get; set; } = "*/5 * * * * *";

    /// <summary>Records of lag per instance for target-based scaling. Default: 50,000; 1 to 100,000,000.</summary>
    [Range(1, 100_000_000)]
    public long LagThreshold { get; set; } = 50_000;

    /// <summary>
    /// Bytes of a task's state that stay in its entity; larger ones go to a blob that the entity points to. Default: 512 KiB; 4 KiB to 2
    /// MiB.
    /// </summary>
    [Range(4 * 1024, 2 * 1024 * 1024)]
    public int MaxEntityStateBytes { get; set; } = 512 * 1024;

    /// <summary>
    /// Bytes of output that a task may hold while a sink or the next stage does not take it; above it the job's sources wait until it is
    /// down to a half. Default: 4 MiB; 16 KiB to 1 GiB.
    /// </summary>
    [Range(16 * 1024, 1024 * 1024 * 1024)]
    public long MaxPendingOutputBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>
    /// Seconds after which a tick completes work that nobody moves; longer than the longest batch. Default: 300; 1 to 86,400.
    /// </summary>
    [Range(1, 86_400)]
    public int RepairTimeoutSeconds { get; set; } = 300;

    /// <summary>
    /// Seconds after which a task gets again what it lacks: from a source it reads it itself, from another task it asks for it. Longer than
    /// a signal takes. Default: 5; 1 to 3,600.
    /// </summary>
    [Range(1, 3_600)]
    public int ResendTimeoutSeconds { get; set; } = 5;

    /// <summary>
    /// Number of tasks per keyed stage, unless a job or operator says otherwise. Default: 4; 1 to the job's maxParallelism.
    /// </summary>
    [Range(1, 32_768)]
    public int Parallelism { get; set; } = 4;

    /// <summary>Whether a user name for the brokers is configured.</summary>
    internal bool IsAuthenticated { get; private set; }

    internal string? BrokersPrefix =>
        BrokersSetting.EndsWith("Brokers", StringComparison.Ordinal) ? BrokersSetting[..^"Brokers".Length] : null;

    internal static MillraceOptions Read(IConfiguration configuration, List<string> errors)
    {
        MillraceOptions options = new();
        try
        {
            configuration.GetSection("Millrace").Bind(options);
        }
        catch (InvalidOperationException exception)
        {
            errors.Add($"Section Millrace: {exception.Message}");
        }

        options.IsAuthenticated = options.BrokersPrefix is { } prefix && !string.IsNullOrEmpty(configuration[prefix + "Username"]);
        List<ValidationResult> results = [];
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        errors.AddRange(results.Select(result => $"Setting Millrace:{string.Join(", ", result.MemberNames)}: {result.ErrorMessage}"));
        if (!BlobObjectStoreOptions.IsContainerName(options.Container))
        {
            errors.Add($"Setting Millrace:Container is '{options.Container}', expected {BlobObjectStoreOptions.ContainerNameRule}");
        }

        if (options.IsAuthenticated && string.IsNullOrEmpty(configuration[options.BrokersPrefix + "Password"]))
        {
            errors.Add(
                $"Setting {options.BrokersPrefix}Username is there but {options.BrokersPrefix}Password is missing; set both or neither."
            );
        }

        if (string.IsNullOrWhiteSpace(configuration[options.BrokersSetting]))
        {
            errors.Add($"Setting {options.BrokersSetting} is missing; set it to the Kafka brokers, such as 'localhost:9092'.");
        }

        return options;
    }

    /// <summary>What jobs see: the app's configuration, with the Kafka connection under the names that jobs use.</summary>
    internal IConfiguration JobConfiguration(IConfiguration configuration)
    {
        Dictionary<string, string?> kafka = new(StringComparer.OrdinalIgnoreCase)
        {
            ["Kafka:bootstrap.servers"] = configuration[BrokersSetting],
        };
        if (IsAuthenticated)
        {
            string prefix = BrokersPrefix!;
            kafka["Kafka:security.protocol"] = "SASL_SSL";
            kafka["Kafka:sasl.mechanisms"] = "PLAIN";
            kafka["Kafka:sasl.username"] = configuration[prefix + "Username"];
            kafka["Kafka:sasl.password"] = configuration[prefix + "Password"];
        }

        return new ConfigurationBuilder().AddInMemoryCollection(kafka).AddConfiguration(configuration).Build();
    }
}
