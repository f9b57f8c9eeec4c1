using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Millrace.Embedded.Cli;

namespace Millrace.Embedded.Hosting;

/// <summary>
/// The parameters that a command gives a job (<c>--set</c>). They note what is read, so that a name that the job does not know is noticed.
/// </summary>
/// <param name="parameters">Names and values.</param>
internal sealed class JobParameters(IReadOnlyDictionary<string, string> parameters) : IConfigurationSource
{
    private readonly ConcurrentDictionary<string, bool> _asked = new(StringComparer.OrdinalIgnoreCase);

    public IConfigurationProvider Build(IConfigurationBuilder builder) => new Provider(parameters, _asked);

    /// <summary>Whether a job that was declared with these parameters has read a name.</summary>
    public bool IsRead(string name) => _asked.ContainsKey(name);

    /// <summary>Refuses names that were not read by any job that was declared with these parameters.</summary>
    /// <param name="subject">The job or jobs.</param>
    public void ThrowIfUnread(string subject)
    {
        string[] unread = [.. parameters.Keys.Where(name => !_asked.ContainsKey(name)).Order(StringComparer.Ordinal)];
        if (unread.Length == 0)
        {
            return;
        }
        string[] known = Known();
        string hints = string.Concat(
            unread
                .Select(name => Nearest(name, known))
                .OfType<string>()
                .Distinct(StringComparer.Ordinal)
                .Select(near => $" Did you mean '{near}'?")
        );
        string reads = known.Length == 0 ? "It reads no parameter." : $"It reads {string.Join(", ", known)}.";
        throw new CliException(
            $"{subject} never reads {string.Join(", ", unread.Select(name => "--set " + name))}.{hints} {reads} Correct the name, or leave "
                + "it out."
        )
        {
            ExitCode = CliApplication.BadUsage,
        };
    }

    // The forms with the job's name and with underscores are the same parameters again, and the cluster has options of its own.
    private string[] Known()
    {
        IEnumerable<string> names = _asked.Keys.Where(name =>
            !name.Contains(':', StringComparison.Ordinal) && !string.Equals(name, "Kafka", StringComparison.OrdinalIgnoreCase)
        );
        return
        [
            .. names
                .Where(name => !name.Contains('_', StringComparison.Ordinal) || !_asked.ContainsKey(name.Replace('_', '-')))
                .Order(StringComparer.Ordinal),
        ];
    }

    private static string? Nearest(string name, string[] known)
    {
        string? nearest = known.MinBy(other => Distance(name, other));
        return nearest is not null && Distance(name, nearest) <= Math.Max(2, name.Length / 3) ? nearest : null;
    }

    // Levenshtein's: letters to insert, to delete or to replace.
    private static int Distance(string one, string other)
    {
        int[] row = [.. Enumerable.Range(0, other.Length + 1)];
        for (int i = 1; i <= one.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= other.Length; j++)
            {
                int replaced = diagonal + (char.ToUpperInvariant(one[i - 1]) == char.ToUpperInvariant(other[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[other.Length];
    }

    private sealed class Provider : ConfigurationProvider
    {
        private readonly ConcurrentDictionary<string, bool> _asked;

        public Provider(IReadOnlyDictionary<string, string> parameters, ConcurrentDictionary<string, bool> asked)
        {
            _asked = asked;
            foreach ((string name, string value) in parameters)
            {
                Data[name] = value;
            }
        }

        public override bool TryGet(string key, [NotNullWhen(true)] out string? value)
        {
            _asked[key] = true;
            return base.TryGet(key, out value!);
        }
    }
}
