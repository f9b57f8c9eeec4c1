using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Millrace.AzureBlobs;
using NCrontab;

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

    /// <summary>
    /// Where the ledgers of source partitions are: <c>Tables</c> of the storage, one transaction per batch of a trigger, or <c>Blobs</c>, a
    /// write per batch and partition, for accounts that have no tables. Ledgers in blobs are moved when the setting changes to
    /// <c>Tables</c>; there is no way back but a savepoint. Default: <c>Tables</c>.
    /// </summary>
    public LedgerPlace Ledgers { get; set; } = LedgerPlace.Tables;

    /// <summary>When ticks happen, a cron expression with seconds. Default: every 5 seconds.</summary>
    [Required]
    public string TickSchedule { get; set; } = "*/5 * * * * *";

    /// <summary>Records of lag per instance for target-based scaling. Default: 50,000; 1 to 100,000,000.</summary>
    [Range(1, 100_000_000)]
    public long LagThreshold { get; set; } = 50_000;

    /// <summary>
    /// Bytes of a task's state that stay in its entity; the rest goes to blobs that the entity points to. Where keyed state and timers are
    /// more than this or 64 KiB, a batch writes only what has changed of them. Default: 512 KiB; 4 KiB to 2 MiB.
    /// </summary>
    [Range(4 * 1024, 2 * 1024 * 1024)]
    public int MaxEntityStateBytes { get; set; } = 512 * 1024;

    /// <summary>
    /// Bytes of state, as it is written, that a process keeps in memory so that it need not restore the tasks that ran last; there they
    /// take up to ten times as much. Default: 64 MiB; 0 (none) to 64 GiB.
    /// </summary>
    [Range(0, 64L * 1024 * 1024 * 1024)]
    public long MaxWarmStateBytes { get; set; } = 64 * 1024 * 1024;

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

    private static PropertyInfo[] Settings { get; } =
    [.. typeof(MillraceOptions).GetProperties().Where(property => property.SetMethod is { IsPublic: true })];

    /// <summary>The tasks per keyed stage of a job, where a setting says so.</summary>
    internal static int? ParallelismOf(IConfiguration configuration, string job, List<string> errors) =>
        OfJob(configuration, job, nameof(Parallelism)) is { } text
            ? (int?)ReadNumber(
                Settings.First(setting => IsNamed(setting, nameof(Parallelism))),
                text,
                $"Millrace:{job}:Parallelism",
                errors
            )
            : null;

    /// <summary>
    /// A setting of a job, <c>Millrace:JOB:NAME</c>. Where a hyphen cannot be written, an underscore stands for it.
    /// </summary>
    internal static string? OfJob(IConfiguration configuration, string job, string name) =>
        configuration[$"Millrace:{job}:{name}"] ?? configuration[$"Millrace:{WithoutHyphens(job)}:{name}"];

    /// <summary>Whether a section of <c>Millrace</c> is that of a job.</summary>
    internal static bool IsOfJob(string section, string job) =>
        string.Equals(job, section, StringComparison.OrdinalIgnoreCase)
        || string.Equals(WithoutHyphens(job), section, StringComparison.OrdinalIgnoreCase);

    internal static MillraceOptions Read(IConfiguration configuration, List<string> errors)
    {
        MillraceOptions options = new();
        IConfigurationSection section = configuration.GetSection("Millrace");
        foreach (PropertyInfo setting in Settings)
        {
            if (section[setting.Name] is { } text)
            {
                Set(options, setting, text, errors);
            }
        }

        string known = string.Join(", ", Settings.Select(setting => setting.Name));
        errors.AddRange(
            section
                .GetChildren()
                .Where(child => child.Value is not null && !Array.Exists(Settings, setting => IsNamed(setting, child.Key)))
                .Select(child =>
                    $"Setting Millrace:{child.Key} is unknown, expected one of {known}, or Parallelism and RestoreFrom of a job as "
                    + "Millrace:JOB:NAME. Correct its name, or remove it."
                )
        );
        options.IsAuthenticated = options.BrokersPrefix is { } prefix && !string.IsNullOrEmpty(configuration[prefix + "Username"]);
        if (!IsSchedule(options.TickSchedule))
        {
            errors.Add(
                $"Setting Millrace:TickSchedule is '{options.TickSchedule}', expected a cron expression with seconds, such as "
                    + "'*/5 * * * * *', or a time span, such as '00:00:05'."
            );
        }

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

    private static void Set(MillraceOptions options, PropertyInfo setting, string text, List<string> errors)
    {
        if (setting.PropertyType == typeof(string))
        {
            setting.SetValue(options, text);
            if (text.Length == 0 && setting.IsDefined(typeof(RequiredAttribute)))
            {
                errors.Add($"Setting Millrace:{setting.Name} is empty; give it a value, or leave it out.");
            }

            return;
        }

        if (setting.PropertyType.IsEnum)
        {
            string[] names = Enum.GetNames(setting.PropertyType);
            if (Array.Find(names, name => string.Equals(name, text, StringComparison.OrdinalIgnoreCase)) is { } known)
            {
                setting.SetValue(options, Enum.Parse(setting.PropertyType, known));
            }
            else
            {
                errors.Add($"Setting Millrace:{setting.Name} is '{text}', expected {string.Join(" or ", names)}.");
            }

            return;
        }

        if (ReadNumber(setting, text, $"Millrace:{setting.Name}", errors) is { } number)
        {
            setting.SetValue(options, System.Convert.ChangeType(number, setting.PropertyType, CultureInfo.InvariantCulture));
        }
    }

    private static long? ReadNumber(PropertyInfo setting, string text, string name, List<string> errors)
    {
        RangeAttribute range = setting.GetCustomAttribute<RangeAttribute>()!;
        (long min, long max) = (
            System.Convert.ToInt64(range.Minimum, CultureInfo.InvariantCulture),
            System.Convert.ToInt64(range.Maximum, CultureInfo.InvariantCulture)
        );
        if (
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            && number >= min
            && number <= max
        )
        {
            return number;
        }

        errors.Add($"Setting {name} is '{text}', expected a whole number from {min} to {max}.");
        return null;
    }

    // As the host reads it: cron with or without seconds, a time span, or the name of another setting.
    private static bool IsSchedule(string text) =>
        text is ['%', .., '%']
        || (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan interval) && interval > TimeSpan.Zero)
        || CrontabSchedule.TryParse(text, new CrontabSchedule.ParseOptions { IncludingSeconds = true }) is not null
        || CrontabSchedule.TryParse(text) is not null;

    private static string WithoutHyphens(string job) => job.Replace('-', '_');

    private static bool IsNamed(PropertyInfo setting, string name) => string.Equals(setting.Name, name, StringComparison.OrdinalIgnoreCase);

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

/// <summary>Where the ledgers of source partitions are.</summary>
public enum LedgerPlace
{
    /// <summary>Rows of the table <c>MillraceLedgers</c>.</summary>
    Tables,

    /// <summary>Blobs of the container.</summary>
    Blobs,
}
