using System.Globalization;
using Microsoft.Extensions.Configuration;
using Millrace.Graph;

namespace Millrace.Samples;

/// <summary>
/// Parameters of a sample job: <c>JOB:NAME</c>, or <c>NAME</c> for all jobs. Where a hyphen cannot be written (app settings), an underscore
/// stands for it.
/// </summary>
/// <param name="configuration">What the host gives.</param>
/// <param name="job">Name of the job.</param>
internal sealed class Parameters(IConfiguration configuration, string job)
{
    /// <summary>The brokers, unless the configuration names others.</summary>
    public const string DefaultBrokers = "localhost:9092";

    // The same one may be asked for several times.
    private readonly HashSet<string> _wrong = new(StringComparer.Ordinal);

    /// <summary>Properties of Kafka clients, with librdkafka's names.</summary>
    public IConfiguration Kafka => configuration.GetSection("Kafka");

    public string Text(string name, string fallback) => Find($"{job}:{name}") ?? Find(name) ?? fallback;

    public bool Flag(string name) => bool.TryParse(Text(name, "false"), out bool flag) ? flag : Wrong(name, "true or false", false);

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
            : Wrong(name, $"a whole number from {min} to {max}", fallback);

    public double Fraction(string name, double fallback) =>
        double.TryParse(Text(name, fallback.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture, out double number)
        && number is >= 0 and <= 1
            ? number
            : Wrong(name, "a number from 0 to 1", fallback);

    public TimeSpan Seconds(string name, double fallback) =>
        TimeSpan.FromSeconds(
            double.TryParse(Text(name, fallback.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture, out double number)
            && number is >= 0 and <= 31_536_000
                ? number
                : Wrong(name, "a number of seconds", fallback)
        );

    /// <summary>One of some words, in whatever case.</summary>
    public string Choice(string name, string fallback, params string[] allowed)
    {
        string text = Text(name, fallback);
        return Array.Find(allowed, word => string.Equals(word, text, StringComparison.OrdinalIgnoreCase))
            ?? Wrong(name, string.Join(", ", allowed), fallback);
    }

    /// <summary>Says what is wrong with the parameters that were asked for, all of it at once.</summary>
    /// <exception cref="JobValidationException">Something is.</exception>
    public void ThrowIfWrong()
    {
        if (_wrong.Count > 0)
        {
            throw new JobValidationException(job, [.. _wrong]);
        }
    }

    /// <summary>Notes what is wrong with a parameter.</summary>
    /// <returns>The fallback, with which the job is declared to its end.</returns>
    public T Wrong<T>(string name, string expected, T fallback)
    {
        string actual = Text(name, "") is { Length: > 0 } text ? $"is '{text}'" : "is missing";
        _wrong.Add(
            $"Parameter '{name}' {actual}, expected {expected}. Set it with --set {name}=VALUE, in a function app with the setting "
                + $"{$"{job}__{name}".Replace('-', '_')}."
        );
        return fallback;
    }

    private string? Find(string key) => configuration[key] ?? configuration[key.Replace('-', '_')];
}
