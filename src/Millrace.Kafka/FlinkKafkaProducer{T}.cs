using System.ComponentModel;
using Millrace.Connectors;

namespace Millrace.Kafka;

/// <summary>
/// <see cref="KafkaSink{T}"/> under the name and with the constructors of Flink's former class, for code that follows older articles. Takes
/// Java's properties; serializer classes are ignored. New code should use <see cref="KafkaSink"/>.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
/// <example><code>
/// stream.AddSink(new FlinkKafkaProducer&lt;string&gt;("my_topic_upper", new SimpleStringSchema(), properties))
/// </code></example>
[EditorBrowsable(EditorBrowsableState.Advanced)]
public sealed class FlinkKafkaProducer<T> : ISink<T>
{
    private readonly KafkaSink<T> _sink;

    /// <summary>Writes a topic, at least once.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="schema">How records become values.</param>
    /// <param name="properties">Java's or librdkafka's producer properties.</param>
    public FlinkKafkaProducer(string topic, ISerializationSchema<T> schema, IEnumerable<KeyValuePair<string, string>> properties)
        : this(topic, schema, properties, DeliveryGuarantee.AtLeastOnce) { }

    /// <summary>Writes a topic.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="schema">How records become values.</param>
    /// <param name="properties">Java's or librdkafka's producer properties.</param>
    /// <param name="guarantee">What the sink promises.</param>
    public FlinkKafkaProducer(
        string topic,
        ISerializationSchema<T> schema,
        IEnumerable<KeyValuePair<string, string>> properties,
        DeliveryGuarantee guarantee
    )
    {
        ArgumentNullException.ThrowIfNull(properties);
        KafkaSinkBuilder<T> builder = KafkaSink.Builder<T>().SetTopic(topic).SetValueSerializer(schema).SetDeliveryGuarantee(guarantee);
        foreach ((string name, string value) in properties)
        {
            // The article gives one set of properties to consumer and producer.
            if (
                ConnectionProperties.IsJavaOnly(name) || name is ConnectionProperties.GroupId or "auto.offset.reset" or "enable.auto.commit"
            )
            {
                continue;
            }
            if (name == "transaction.timeout.ms" && int.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out int timeout))
            {
                builder.SetTransactionTimeout(TimeSpan.FromMilliseconds(timeout));
            }
            else
            {
                builder.SetProperty(name, value);
            }
        }

        _sink = builder.Build();
    }

    /// <inheritdoc/>
    public IReadOnlyList<Topic> Topics => _sink.Topics;

    /// <inheritdoc/>
    public bool CommitsByCheckpoints => _sink.CommitsByCheckpoints;

    /// <inheritdoc/>
    public void Validate(ICollection<string> errors) => _sink.Validate(errors);

    /// <inheritdoc/>
    public void ValidateCheckpoints(TimeSpan checkpointInterval, ICollection<string> errors) =>
        _sink.ValidateCheckpoints(checkpointInterval, errors);

    /// <inheritdoc/>
    public ISinkWriter<T> CreateWriter(ConnectorContext context) => _sink.CreateWriter(context);
}
