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
    private readonly KafkaSourceSettings<T> _settings;

    internal KafkaSource(KafkaSourceSettings<T> settings)
    {
        _settings = settings;
        Topics = [.. settings.Topics.Select(topic => KafkaTopic.Of(settings.Properties, topic))];
        DeadLetterTopic = settings.ErrorPolicy switch
        {
            { DeadLetterTopic: { } letters } => KafkaTopic.Of(settings.Properties, letters),
            { DeadLetterSink.Topics: [var first, ..] } => first,
            _ => null,
        };
    }

    /// <inheritdoc/>
    public Boundedness Boundedness => _settings.Bounded is null ? Boundedness.ContinuousUnbounded : Boundedness.Bounded;

    /// <inheritdoc/>
    /// <remarks>Topics found by a pattern are not known beforehand and not listed.</remarks>
    public IReadOnlyList<Topic> Topics { get; }

    /// <inheritdoc/>
    public Topic? DeadLetterTopic { get; }

    /// <inheritdoc/>
    public ISink<DeadLetter>? DeadLetters => _settings.ErrorPolicy.DeadLetterSink;

    /// <inheritdoc/>
    /// <remarks>Two clusters that share a bootstrap server are one.</remarks>
    public bool Reads(Topic topic) =>
        KafkaTopic.IsOf(_settings.Properties, topic)
        && (_settings.Topics.Contains(topic.Name, StringComparer.Ordinal) || _settings.Pattern?.IsMatch(topic.Name) == true);

    /// <inheritdoc/>
    public void Validate(ICollection<string> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        if (ConnectionProperties.Servers(_settings.Properties) is null)
        {
            errors.Add("KafkaSource has no bootstrap servers; give them with .SetBootstrapServers(\"host:9092\").");
        }
        if (_settings.Topics.Count == 0 && _settings.PatternText is null)
        {
            errors.Add("KafkaSource has no topic; give some with .SetTopics(...) or .SetTopicPattern(...).");
        }
        if (_settings.Topics.Count > 0 && _settings.PatternText is not null)
        {
            errors.Add("KafkaSource has both topics and a topic pattern; use one of .SetTopics(...) and .SetTopicPattern(...).");
        }
        if (_settings.PatternError is { } wrong)
        {
            errors.Add(
                $"KafkaSource has topic pattern '{_settings.PatternText}', expected a .NET regular expression ({wrong}); correct "
                    + ".SetTopicPattern(...)."
            );
        }
        if (_settings.ValueSchema is null && _settings.MessageSchema is null)
        {
            errors.Add("KafkaSource has no deserializer; give one with .SetDeserializer(...), such as SimpleStringSchema.Instance.");
        }
        ValidateOffsets(errors, _settings.Starting, ".SetStartingOffsets");
        if (_settings.Bounded is { } bounded)
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
        _settings.ErrorPolicy.Validate(errors);
        if (
            _settings.Properties.TryGetValue("enable.auto.commit", out string? auto)
            && string.Equals(auto, "true", StringComparison.OrdinalIgnoreCase)
        )
        {
            errors.Add(
                "KafkaSource has enable.auto.commit = true, which would publish positions that no checkpoint holds; remove it and use "
                    + ".SetCommitOffsetsOnCheckpoints(true)."
            );
        }
        KafkaClient.Validate(_settings.Properties, errors);
    }

    /// <inheritdoc/>
    public ISplitEnumerator CreateEnumerator(ConnectorContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new KafkaSplitEnumerator<T>(_settings, context, context.LoggerFactory.CreateLogger("Millrace.Kafka.Source"));
    }

    /// <inheritdoc/>
    public ISourceReader<T> CreateReader(ConnectorContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new KafkaSourceReader<T>(_settings, context, context.LoggerFactory.CreateLogger("Millrace.Kafka.Source"));
    }

    private void ValidateOffsets(ICollection<string> errors, OffsetsInitializer offsets, string setter)
    {
        if (offsets.Error is { } error)
        {
            errors.Add($"KafkaSource{setter}: {error}");
        }
        if (offsets.NeedsGroup && _settings.GroupId is null)
        {
            errors.Add($"KafkaSource{setter} uses the group's committed offsets without a group; name it with .SetGroupId(...).");
        }
    }
}
