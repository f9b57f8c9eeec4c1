using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;

namespace Millrace.Kafka;

/// <summary>
/// Options of a <see cref="KafkaSource{T}"/> as a configuration has them. What is <see langword="null"/> stays what the builder says.
/// </summary>
public sealed class KafkaSourceOptions
{
    /// <summary>The topics to read, separated by commas.</summary>
    public string? Topics { get; set; }

    /// <summary>A .NET regular expression for names of topics, instead of <see cref="Topics"/>.</summary>
    public string? TopicPattern { get; set; }

    /// <summary>The consumer group.</summary>
    public string? GroupId { get; set; }

    /// <summary>
    /// Where to begin without a checkpoint: <c>Earliest</c>, <c>Latest</c>, <c>Committed</c> (without a committed offset at the beginning)
    /// or a time such as <c>2026-01-31T00:00:00Z</c>.
    /// </summary>
    public string? StartingOffsets { get; set; }

    /// <summary>Where to end: as <see cref="StartingOffsets"/>, except <c>Earliest</c>.</summary>
    public string? Bounded { get; set; }

    /// <summary>Which records of transactions to read.</summary>
    public KafkaIsolationLevel? IsolationLevel { get; set; }

    /// <summary>How often to look for new partitions and topics.</summary>
    public TimeSpan? PartitionDiscoveryInterval { get; set; }

    /// <summary>Whether a completed checkpoint's positions become the group's offsets.</summary>
    public bool? CommitOffsetsOnCheckpoints { get; set; }

    /// <summary>Whether a topic that was created again is read from its beginning.</summary>
    public bool? StartAnewOnRecreatedTopics { get; set; }

    /// <summary>Whether the job goes on where a log was cut off.</summary>
    public bool? ContinueOnTruncatedLogs { get; set; }

    /// <summary>How long to wait for answers about topics and offsets.</summary>
    public TimeSpan? RequestTimeout { get; set; }

    /// <summary>The most messages taken from the client at once.</summary>
    public int? MaxPollRecords { get; set; }

    /// <summary>librdkafka's properties; an underscore stands for a dot.</summary>
    public Dictionary<string, string> Properties { get; } = new(StringComparer.OrdinalIgnoreCase);
}

/// <summary>
/// Options of a <see cref="KafkaSink{T}"/> as a configuration has them. What is <see langword="null"/> stays what the builder says.
/// </summary>
public sealed class KafkaSinkOptions
{
    /// <summary>The topic to write to.</summary>
    public string? Topic { get; set; }

    /// <summary>What the sink promises.</summary>
    public DeliveryGuarantee? DeliveryGuarantee { get; set; }

    /// <summary>How transactional ids begin.</summary>
    public string? TransactionalIdPrefix { get; set; }

    /// <summary>After how long without a commit the broker aborts a transaction.</summary>
    public TimeSpan? TransactionTimeout { get; set; }

    /// <summary>How long a checkpoint waits for acknowledgements.</summary>
    public TimeSpan? FlushTimeout { get; set; }

    /// <summary>Whether a job may go on when the broker has aborted what its checkpoint counts as written.</summary>
    public bool? IgnoreLostTransactions { get; set; }

    /// <summary>librdkafka's properties; an underscore stands for a dot.</summary>
    public Dictionary<string, string> Properties { get; } = new(StringComparer.OrdinalIgnoreCase);
}

/// <summary>Reads options and properties out of a configuration.</summary>
internal static class KafkaConfiguration
{
    /// <summary>The values of a section as properties: <c>Kafka__BOOTSTRAP_SERVERS</c> is <c>bootstrap.servers</c>.</summary>
    /// <exception cref="InvalidOperationException">An entry has entries of its own, or two spellings of one property differ.</exception>
    public static IEnumerable<KeyValuePair<string, string>> Properties(IConfiguration section)
    {
        Dictionary<string, IConfigurationSection> seen = new(StringComparer.Ordinal);
        foreach (IConfigurationSection entry in section.GetChildren())
        {
            if (entry.GetChildren().FirstOrDefault() is { } inner)
            {
                throw new InvalidOperationException(
                    $"'{inner.Path}' of the configuration is below '{entry.Path}', expected properties of Kafka's client, which have no "
                        + "levels: a dot in a name, or an underscore, is one character, as in Kafka__security_protocol."
                );
            }

            string name = NameOf(entry.Key);
            if (entry.Value is null)
            {
                continue;
            }

            if (!seen.TryAdd(name, entry) && seen[name].Value != entry.Value)
            {
                throw new InvalidOperationException(
                    $"'{seen[name].Path}' and '{entry.Path}' of the configuration are one property, '{name}', and differ; keep one of "
                        + "them."
                );
            }
        }

        return seen.Select(static each => KeyValuePair.Create(each.Key, each.Value.Value!));
    }

    /// <summary>The name of a property: an underscore or a hyphen stands for a dot where that cannot be written.</summary>
    public static string NameOf(string key) => key.Replace('_', '.').Replace('-', '.').ToLowerInvariant();

    /// <summary>Properties by librdkafka's names.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Named(IEnumerable<KeyValuePair<string, string>> properties) =>
        properties.Select(static each => KeyValuePair.Create(NameOf(each.Key), each.Value));

    /// <summary>Binds options; a name that is none of theirs is an error.</summary>
    /// <exception cref="InvalidOperationException">The section does not fit; the message names it.</exception>
    public static T Bind<T>(IConfiguration section)
        where T : new()
    {
        T options = new();
        try
        {
            section.Bind(options, static binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException failure)
        {
            throw new InvalidOperationException(
                $"Section '{(section as IConfigurationSection)?.Path}' of the configuration does not fit {typeof(T).Name}: "
                    + $"{failure.Message.TrimEnd('.')}. Names and values are those of its properties; properties of the client belong "
                    + "below Properties.",
                failure
            );
        }

        return options;
    }

    /// <summary>Sets an option that is there; what is wrong with it is said with its name.</summary>
    /// <exception cref="InvalidOperationException">It cannot be.</exception>
    public static void Take<T>(T? value, Action<T> set, [CallerArgumentExpression(nameof(value))] string option = "")
        where T : struct
    {
        if (value is { } given)
        {
            Set(given, set, option);
        }
    }

    /// <inheritdoc cref="Take{T}(T?, Action{T}, string)"/>
    public static void Take(string? value, Action<string> set, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        if (value is not null)
        {
            Set(value, set, option);
        }
    }

    private static void Set<T>(T value, Action<T> set, string option)
    {
        string name = option[(option.LastIndexOf('.') + 1)..];
        try
        {
            set(value);
        }
        catch (ArgumentException failure)
        {
            // Without the name of a parameter that nobody has written.
            string reason = failure.Message.Split(" (Parameter", 2)[0].TrimEnd('.');
            throw new InvalidOperationException($"Option {name} is '{value}': {reason}.", failure);
        }
    }

    /// <summary>Where a source begins or ends.</summary>
    /// <exception cref="ArgumentException">The text is none of the words and no time.</exception>
    public static OffsetsInitializer Offsets(string text)
    {
        if (string.Equals(text, "earliest", StringComparison.OrdinalIgnoreCase))
        {
            return OffsetsInitializer.Earliest();
        }

        if (string.Equals(text, "latest", StringComparison.OrdinalIgnoreCase))
        {
            return OffsetsInitializer.Latest();
        }

        if (string.Equals(text, "committed", StringComparison.OrdinalIgnoreCase))
        {
            return OffsetsInitializer.CommittedOffsets(OffsetResetStrategy.Earliest);
        }

        // A date in full: "10:00" would be today, "1.2" a day of this year.
        return
            text is [_, _, _, _, '-', ..]
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? OffsetsInitializer.Timestamp(time)
            : throw new ArgumentException("expected Earliest, Latest, Committed or a time such as 2026-01-31T00:00:00Z.");
    }
}
