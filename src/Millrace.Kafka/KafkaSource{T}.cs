using Millrace.Connectors;
using Millrace.Kafka.Interop;
using Millrace.Kafka.Sources;

namespace Millrace.Kafka;

/// <summary>
/// Reads topics of a Kafka cluster, each partition as a split of its own (FLIP-27). Positions are kept in the job's checkpoints; the
/// consumer group's offsets are only published there, for lag monitoring. Built by <see cref="KafkaSource.Builder{T}"/>. Immutable.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed partial class KafkaSource<T> : IRawRecordSource<T>
{
    internal KafkaSource(KafkaSourceSettings<T> settings)
    {
        Settings = settings;
        Topics = [.. settings.Topics.Select(topic => KafkaTopic.Of(settings.Properties, topic))];
        DeadLetterTopic = settings.ErrorPolicy switch
        {
            { DeadLetterTopic: { } letters } => KafkaTopic.Of(settings.Properties, letters),
            { DeadLetterSink.Topics: [var first, ..] } => first,
            _ => null,
        };
    }

    /// <summary>What it was built with.</summary>
    internal KafkaSourceSettings<T> Settings { get; }

    /// <inheritdoc/>
    public Boundedness Boundedness => Settings.Bounded is null ? Boundedness.ContinuousUnbounded : Boundedness.Bounded;

    /// <inheritdoc/>
    /// <remarks>Topics found by a pattern are not known beforehand and not listed.</remarks>
    public IReadOnlyList<Topic> Topics { get; }

    /// <inheritdoc/>
    public Topic? DeadLetterTopic { get; }

    /// <inheritdoc/>
    public ISink<DeadLetter>? DeadLetters => Settings.ErrorPolicy.DeadLetterSink;

    /// <inheritdoc/>
    /// <remarks>Two clusters that share a bootstrap server are one.</remarks>
    public bool Reads(Topic topic) =>
        KafkaTopic.IsOf(Settings.Properties, topic)
        && (Settings.Topics.Contains(topic.Name, StringComparer.Ordinal) || Settings.Pattern?.IsMatch(topic.Name) == true);

    /// <inheritdoc/>
    public void Validate(ICollection<string> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        if (ConnectionProperties.Servers(Settings.Properties) is null)
        {
            errors.Add("KafkaSource has no bootstrap servers; give them with .SetBootstrapServers(\"host:9092\").");
        }
        if (Settings.Topics.Count == 0 && Settings.PatternText is null)
        {
            errors.Add("KafkaSource has no topic; give some with .SetTopics(...) or .SetTopicPattern(...).");
        }
        if (Settings.Topics.Count > 0 && Settings.PatternText is not null)
        {
            errors.Add("KafkaSource has both topics and a topic pattern; use one of .SetTopics(...) and .SetTopicPattern(...).");
        }
        if (Settings.PatternError is { } wrong)
        {
            errors.Add(
                $"KafkaSource has topic pattern '{Settings.PatternText}', expected a .NET regular expression ({wrong}); correct "
                    + ".SetTopicPattern(...)."
            );
        }
        if (Settings.ValueSchema is null && Settings.MessageSchema is null)
        {
            errors.Add("KafkaSource has no deserializer; give one with .SetDeserializer(...), such as SimpleStringSchema.Instance.");
        }
        ValidateOffsets(errors, Settings.Starting, ".SetStartingOffsets");
        if (Settings.Bounded is { } bounded)
        {
            ValidateOffsets(errors, bounded, ".SetBounded");
        }
        if (DeadLetterTopic is { } deadLetters && Reads(deadLetters))
        {
            errors.Add(
                $"KafkaSource reads its own dead-letter topic '{deadLetters.Name}', which would go round for ever; use another topic "
                    + "for dead letters."
            );
        }
        Settings.ErrorPolicy.Validate(errors);
        if (
            Settings.Properties.TryGetValue("enable.auto.commit", out string? auto)
            && string.Equals(auto, "true", StringComparison.OrdinalIgnoreCase)
        )
        {
            errors.Add(
                "KafkaSource has enable.auto.commit = true, which would publish positions that no checkpoint holds; remove it and use "
                    + ".SetCommitOffsetsOnCheckpoints(true)."
            );
        }
        KafkaClient.Validate(Settings.Properties, errors);
    }

    /// <inheritdoc/>
    public ISplitEnumerator CreateEnumerator(ConnectorContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new KafkaSplitEnumerator<T>(Settings, context, context.LoggerFactory.CreateLogger("Millrace.Kafka.Source"));
    }

    /// <inheritdoc/>
    public ISourceReader<T> CreateReader(ConnectorContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new KafkaSourceReader<T>(Settings, context, context.LoggerFactory.CreateLogger("Millrace.Kafka.Source"));
    }

    private void ValidateOffsets(ICollection<string> errors, OffsetsInitializer offsets, string setter)
    {
        if (offsets.Error is { } error)
        {
            errors.Add($"KafkaSource{setter}: {error}");
        }
        if (offsets.NeedsGroup && Settings.GroupId is null)
        {
            errors.Add($"KafkaSource{setter} uses the group's committed offsets without a group; name it with .SetGroupId(...).");
        }
    }
}
