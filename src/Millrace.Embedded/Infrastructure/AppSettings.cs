using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Millrace.Embedded.Cli;

namespace Millrace.Embedded.Infrastructure;

/// <summary>Settings by which the app runs the jobs that the rest was generated for. Bicep makes the same ones from job.json.</summary>
internal static partial class AppSettings
{
    /// <summary>Name of the setting that says where the scheduler is, and as whom the app reaches it.</summary>
    public const string SchedulerConnection = "DURABLE_TASK_SCHEDULER_CONNECTION_STRING";

    private const int MaxHostId = 32;
    private const int HashDigits = 8;

    public static IReadOnlyDictionary<string, string> Of(Topology topology)
    {
        SortedDictionary<string, string> settings = new(StringComparer.Ordinal)
        {
            ["Millrace__Jobs"] = string.Join(',', topology.Jobs),
            ["Millrace__Parallelism"] = topology.Parallelism.ToString(CultureInfo.InvariantCulture),
            ["Millrace__LagThreshold"] = topology.LagThreshold.ToString(CultureInfo.InvariantCulture),
            ["AzureFunctionsWebHost__hostid"] = HostIdOf(topology.TaskHub),
        };
        if (topology.Backend == DurableBackend.DurableTaskScheduler)
        {
            settings[SchedulerConnection] = "set-by-overlay";
            settings["TASKHUB_NAME"] = topology.TaskHub;
        }

        foreach ((string name, string value) in topology.Settings)
        {
            settings[name] = value;
        }

        return settings;
    }

    /// <summary>Names of parameters as app settings write them, with <c>__</c> for a colon.</summary>
    /// <param name="parameters">The parameters of the jobs.</param>
    public static Dictionary<string, string> Names(IReadOnlyDictionary<string, string> parameters)
    {
        foreach (string name in parameters.Keys.Where(name => !Allowed().IsMatch(name)))
        {
            throw new CliException(
                $"--set '{name}' cannot be deployed: names of app settings have letters, digits, '.', '_' and, between sections, ':'. "
                    + "Write it without the others; the sample jobs read '_' where they have '-'."
            );
        }

        return parameters.ToDictionary(
            parameter => parameter.Key.Replace(":", "__", StringComparison.Ordinal),
            parameter => parameter.Value,
            StringComparer.Ordinal
        );
    }

    /// <summary>The parameters again, as jobs read them.</summary>
    /// <param name="settings">Parameters under the names of app settings.</param>
    public static Dictionary<string, string> Parameters(IReadOnlyDictionary<string, string> settings) =>
        settings.ToDictionary(setting => ParameterOf(setting.Key), setting => setting.Value, StringComparer.Ordinal);

    /// <summary>A parameter's name as jobs read it.</summary>
    /// <param name="setting">Its name as app settings write it.</param>
    public static string ParameterOf(string setting) => setting.Replace("__", ":", StringComparison.Ordinal);

    // Two apps must share neither a task hub nor a host id, and replicas of one app must share both: the one is made of the other.
#pragma warning disable CA1308 // The host writes its id in lower case.
    private static string HostIdOf(string taskHub)
    {
        string name = taskHub.ToLowerInvariant();
        if (name.Length <= MaxHostId)
        {
            return name;
        }

        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..HashDigits];
        return $"{name[..(MaxHostId - HashDigits - 1)]}-{hash}";
    }
#pragma warning restore CA1308

    [GeneratedRegex("^[A-Za-z0-9_.:]+$", RegexOptions.None, 1000)]
    private static partial Regex Allowed();
}
