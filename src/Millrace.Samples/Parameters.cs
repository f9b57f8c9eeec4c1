using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Millrace.Samples;

/// <summary>
/// Parameters of a sample job: <c>JOB:NAME</c>, or <c>NAME</c> for all jobs. Where a hyphen cannot be written (app settings), an underscore
/// stands for it.
/// </summary>
/// <param name="configuration">What the host gives.</param>
/// <param name="job">Name of the job.</param>
internal sealed class Parameters(IConfiguration configuration, string job)
{
    /// <summary>
    /// Properties of Kafka clients: section <c>Kafka</c> with librdkafka's names. Where a dot cannot be written (environment variables), an
    /// underscore stands for it: <c>KAFKA__BOOTSTRAP_SERVERS</c>.
    /// </summary>
    public IReadOnlyDictionary<string, string> Kafka
    {
        get
        {
            Dictionary<string, string> properties = new(StringComparer.Ordinal) { ["bootstrap.servers"] = "localhost:9092" };
            foreach (IConfigurationSection entry in configuration.GetSection("Kafka").GetChildren())
            {
                if (entry.Value is { } value)
                {
                    properties[entry.Key.Replace('_', '.').Replace('-', '.').ToLowerInvariant()] = value;
                }
            }

            return properties;
        }
    }

    public string Text(string name, string fallback) => Find($"{job}:{name}") ?? Find(name) ?? fallback;

    public bool Flag(string name) => bool.TryParse(Text(name, "false"), out bool flag) ? flag : throw Wrong(name, "true or false");

    public long Number(string name, long fallback, long min, long max) =>
        long.TryParse(
            Text(name, fallback.ToString(CultureInfo.InvariantCulture)),
            NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture,
            out long number
        )
        && number >= min
        && number <= max
            ? number
            : throw Wrong(name, $"a whole number from {min} to {max}");

    public double Fraction(string name, double fallback) =>
        double.TryParse(Text(name, fallback.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture, out double number)
        && number is >= 0 and <= 1
            ? number
            : throw Wrong(name, "a number from 0 to 1");

    public TimeSpan Seconds(string name, double fallback) =>
        double.TryParse(Text(name, fallback.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture, out double number)
        && number is >= 0 and <= 31_536_000
            ? TimeSpan.FromSeconds(number)
            : throw Wrong(name, "a number of seconds");

    /// <summary>One of some words, in whatever case.</summary>
    public string Choice(string name, string fallback, params string[] allowed)
    {
        string text = Text(name, fallback);
        return Array.Find(allowed, word => string.Equals(word, text, StringComparison.OrdinalIgnoreCase))
            ?? throw Wrong(name, string.Join(", ", allowed));
    }

    private string? Find(string key) => configuration[key] ?? configuration[key.Replace('-', '_')];

    private ArgumentException Wrong(string name, string expected) =>
        new($"Job '{job}': parameter '{name}' is '{Text(name, "")}', expected {expected}. Set it with --set {name}=VALUE.");
}
