using System.ComponentModel;
using Millrace.Connectors;

namespace Millrace.Kafka;

/// <summary>
/// <see cref="KafkaSource{T}"/> under the name and with the constructor of Flink's former class, for code that follows older articles.
/// Takes Java's properties:
/// <c>bootstrap.servers</c>, <c>group.id</c>, <c>auto.offset.reset</c> and whatever librdkafka knows under the same name; serializer
/// classes and <c>zookeeper.connect</c> are ignored. As there, reading begins at the group's committed offsets, and without any at
/// <c>auto.offset.reset</c> (default <c>latest</c>). New code should use <see cref="KafkaSource"/>.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
/// <example><code>
/// env.AddSource(new FlinkKafkaConsumer&lt;string&gt;("my_topic", new SimpleStringSchema(), properties))
/// </code></example>
[EditorBrowsable(EditorBrowsableState.Advanced)]
public sealed class FlinkKafkaConsumer<T> : ISource<T>
{
    private const string OffsetReset = "auto.offset.reset";

    private readonly KafkaSource<T> _source;
    private readonly string? _error;

    /// <summary>Reads a topic.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="schema">How values become records.</param>
    /// <param name="properties">Java's or librdkafka's consumer properties.</param>
    public FlinkKafkaConsumer(string topic, IDeserializationSchema<T> schema, IEnumerable<KeyValuePair<string, string>> properties)
    {
        ArgumentNullException.ThrowIfNull(properties);
        KafkaSourceBuilder<T> builder = KafkaSource.Builder<T>().SetTopics(topic).SetDeserializer(schema);
        OffsetResetStrategy reset = OffsetResetStrategy.Latest;
        bool hasGroup = false;
        foreach ((string name, string value) in properties)
        {
            if (ConnectionProperties.IsJavaOnly(name) || name == "enable.auto.commit")
            {
                continue;
            }

            if (name == OffsetReset)
            {
                (reset, _error) = Parse(value);
                continue;
            }

            hasGroup |= name == ConnectionProperties.GroupId;
            builder.SetProperty(name, value);
        }

        _source = builder.SetStartingOffsets(Starting(hasGroup, reset)).Build();
    }

    /// <inheritdoc/>
    public Boundedness Boundedness => _source.Boundedness;

    /// <inheritdoc/>
    public IReadOnlyList<Topic> Topics => _source.Topics;

    /// <inheritdoc/>
    public Topic? DeadLetterTopic => _source.DeadLetterTopic;

    /// <inheritdoc/>
    public ISink<DeadLetter>? DeadLetters => _source.DeadLetters;

    /// <inheritdoc/>
    public bool Reads(Topic topic) => _source.Reads(topic);

    /// <inheritdoc/>
    public void Validate(ICollection<string> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        if (_error is not null)
        {
            errors.Add(_error);
        }

        _source.Validate(errors);
    }

    /// <inheritdoc/>
    public ISplitEnumerator CreateEnumerator(ConnectorContext context) => _source.CreateEnumerator(context);

    /// <inheritdoc/>
    public ISourceReader<T> CreateReader(ConnectorContext context) => _source.CreateReader(context);

    private static OffsetsInitializer Starting(bool hasGroup, OffsetResetStrategy reset)
    {
        if (hasGroup)
        {
            return OffsetsInitializer.CommittedOffsets(reset);
        }

        return reset is OffsetResetStrategy.Earliest ? OffsetsInitializer.Earliest() : OffsetsInitializer.Latest();
    }

    private static (OffsetResetStrategy Strategy, string? Error) Parse(string value) =>
        value switch
        {
            "earliest" or "smallest" or "beginning" => (OffsetResetStrategy.Earliest, null),
            "latest" or "largest" or "end" => (OffsetResetStrategy.Latest, null),
            "none" or "error" => (OffsetResetStrategy.None, null),
            _ => (OffsetResetStrategy.Latest, $"FlinkKafkaConsumer: {OffsetReset} is '{value}'; expected earliest, latest or none."),
        };
}
