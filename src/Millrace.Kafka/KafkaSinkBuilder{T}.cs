using Microsoft.Extensions.Configuration;
using Millrace.Kafka.Sinks;

namespace Millrace.Kafka;

/// <summary>Collects the settings of a <see cref="KafkaSink{T}"/>. Mistakes are reported all at once when the job is built.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class KafkaSinkBuilder<T>
{
    private readonly Dictionary<string, string> _properties = new(StringComparer.Ordinal);
    private string? _topic;
    private Func<T, string>? _topicSelector;
    private ISerializationSchema<T>? _key;
    private ISerializationSchema<T>? _value;
    private IKafkaSerializationSchema<T>? _record;
    private Action<T, KafkaProducerRecord>? _headers;
    private KafkaPartitioner<T>? _partitioner;
    private DeliveryGuarantee _guarantee = DeliveryGuarantee.AtLeastOnce;
    private string? _prefix;
    private TimeSpan _transactionTimeout = TimeSpan.FromMinutes(15);
    private TimeSpan _flushTimeout = TimeSpan.FromMinutes(5);
    private bool _ignoreLost;

    internal KafkaSinkBuilder() { }

    /// <summary>Where to find the cluster. Required.</summary>
    /// <param name="servers">Some brokers: <c>host1:9092,host2:9092</c>.</param>
    public KafkaSinkBuilder<T> SetBootstrapServers(string servers) => SetProperty(ConnectionProperties.BootstrapServers, servers);

    /// <summary>The topic to write to, unless a selector or schema names another.</summary>
    /// <param name="topic">Name.</param>
    public KafkaSinkBuilder<T> SetTopic(string topic)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        _topic = topic;
        return this;
    }

    /// <summary>Chooses the topic of each record. Return the same string instances again and again: it saves a look-up.</summary>
    /// <param name="selector">The selector; must be thread-safe.</param>
    public KafkaSinkBuilder<T> SetTopicSelector(Func<T, string> selector)
    {
        ArgumentNullException.ThrowIfNull(selector);
        _topicSelector = selector;
        return this;
    }

    /// <summary>How records become values. Required, or <see cref="SetRecordSerializer"/>.</summary>
    /// <param name="schema">The schema.</param>
    public KafkaSinkBuilder<T> SetValueSerializer(ISerializationSchema<T> schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        _value = schema;
        return this;
    }

    /// <summary>How records become keys. Default: no keys.</summary>
    /// <param name="schema">The schema.</param>
    public KafkaSinkBuilder<T> SetKeySerializer(ISerializationSchema<T> schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        _key = schema;
        return this;
    }

    /// <summary>Adds headers to each record: <c>(order, record) => record.AddHeader("kind"u8, order.Kind)</c>.</summary>
    /// <param name="addHeaders">Adds them; must be thread-safe.</param>
    public KafkaSinkBuilder<T> SetHeaders(Action<T, KafkaProducerRecord> addHeaders)
    {
        ArgumentNullException.ThrowIfNull(addHeaders);
        _headers = addHeaders;
        return this;
    }

    /// <summary>A schema that fills whole Kafka records, in place of the separate serializers.</summary>
    /// <param name="schema">The schema.</param>
    public KafkaSinkBuilder<T> SetRecordSerializer(IKafkaSerializationSchema<T> schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        _record = schema;
        return this;
    }

    /// <summary>Chooses partitions. Default: by the key's murmur2 hash as Java's client, without a key at random.</summary>
    /// <param name="partitioner">The partitioner; must be thread-safe.</param>
    public KafkaSinkBuilder<T> SetPartitioner(KafkaPartitioner<T> partitioner)
    {
        ArgumentNullException.ThrowIfNull(partitioner);
        _partitioner = partitioner;
        return this;
    }

    /// <summary>
    /// What the sink promises. Default: <see cref="DeliveryGuarantee.AtLeastOnce"/>. <see cref="DeliveryGuarantee.ExactlyOnce"/> needs
    /// checkpoints in an interval well below the transaction timeout: without them nothing is ever committed but at the end of a bounded
    /// job.
    /// </summary>
    /// <param name="guarantee">The guarantee.</param>
    public KafkaSinkBuilder<T> SetDeliveryGuarantee(DeliveryGuarantee guarantee)
    {
        if (!Enum.IsDefined(guarantee))
        {
            throw new ArgumentOutOfRangeException(nameof(guarantee), guarantee, "Expected BestEffort, AtLeastOnce or ExactlyOnce.");
        }

        _guarantee = guarantee;
        return this;
    }

    /// <summary>
    /// With <see cref="DeliveryGuarantee.ExactlyOnce"/>: how the sink's transactional ids begin; must be unique in the cluster and stay the
    /// same over restarts. Default: <c>{job}-{uid}</c>.
    /// </summary>
    /// <param name="prefix">The prefix.</param>
    public KafkaSinkBuilder<T> SetTransactionalIdPrefix(string prefix)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        _prefix = prefix;
        return this;
    }

    /// <summary>
    /// With <see cref="DeliveryGuarantee.ExactlyOnce"/>: after how long without a commit the broker aborts a transaction. Must exceed the
    /// checkpoint interval and the longest outage to survive, and not exceed the broker's <c>transaction.max.timeout.ms</c>. Default: 15
    /// minutes, as that one's default.
    /// </summary>
    /// <param name="timeout">At least a second.</param>
    public KafkaSinkBuilder<T> SetTransactionTimeout(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(timeout, TimeSpan.FromMilliseconds(int.MaxValue));
        _transactionTimeout = timeout;
        return this;
    }

    /// <summary>
    /// How long a checkpoint waits for acknowledgements and for transactions to end, and a record for a service that the schema needs (a
    /// schema registry) to come back. Default: 5 minutes.
    /// </summary>
    /// <param name="timeout">At least a millisecond.</param>
    public KafkaSinkBuilder<T> SetFlushTimeout(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.FromMilliseconds(1));
        _flushTimeout = timeout;
        return this;
    }

    /// <summary>
    /// With <see cref="DeliveryGuarantee.ExactlyOnce"/>: whether a job may go on when the broker has aborted a transaction that its
    /// checkpoint counts as written (the job was down for longer than the transaction timeout). Its records are lost then. Default:
    /// <see langword="false"/> = fail and say so.
    /// </summary>
    /// <param name="ignore">Whether to go on.</param>
    public KafkaSinkBuilder<T> SetIgnoreLostTransactions(bool ignore)
    {
        _ignoreLost = ignore;
        return this;
    }

    /// <summary>Sets a property of librdkafka's producer (its CONFIGURATION.md), for instance for SASL, TLS or compression.</summary>
    /// <param name="name">Name.</param>
    /// <param name="value">Value.</param>
    public KafkaSinkBuilder<T> SetProperty(string name, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        _properties[name] = value;
        return this;
    }

    /// <summary>Sets several properties.</summary>
    /// <param name="properties">Names and values.</param>
    public KafkaSinkBuilder<T> SetProperties(IEnumerable<KeyValuePair<string, string>> properties)
    {
        ArgumentNullException.ThrowIfNull(properties);
        foreach ((string name, string value) in properties)
        {
            SetProperty(name, value);
        }

        return this;
    }

    /// <summary>Sets properties out of a configuration.</summary>
    /// <param name="section">Names and values, such as a section <c>Kafka</c> has them; an underscore stands for a dot.</param>
    /// <exception cref="InvalidOperationException">An entry is none, or a property is there twice.</exception>
    public KafkaSinkBuilder<T> SetProperties(IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return SetProperties(KafkaConfiguration.Properties(section));
    }

    /// <summary>Sets options out of a configuration, over what was set before.</summary>
    /// <param name="section">Has names and values of <see cref="KafkaSinkOptions"/>.</param>
    /// <exception cref="InvalidOperationException">A name or a value does not fit.</exception>
    public KafkaSinkBuilder<T> SetOptions(IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return SetOptions(KafkaConfiguration.Bind<KafkaSinkOptions>(section));
    }

    /// <summary>Sets options, over what was set before.</summary>
    /// <param name="options">The options; those that are <see langword="null"/> change nothing.</param>
    /// <exception cref="InvalidOperationException">An option cannot be.</exception>
    public KafkaSinkBuilder<T> SetOptions(KafkaSinkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        KafkaConfiguration.Take(options.Topic, topic => SetTopic(topic));
        KafkaConfiguration.Take(options.DeliveryGuarantee, guarantee => SetDeliveryGuarantee(guarantee));
        KafkaConfiguration.Take(options.TransactionalIdPrefix, prefix => SetTransactionalIdPrefix(prefix));
        KafkaConfiguration.Take(options.TransactionTimeout, timeout => SetTransactionTimeout(timeout));
        KafkaConfiguration.Take(options.FlushTimeout, timeout => SetFlushTimeout(timeout));
        KafkaConfiguration.Take(options.IgnoreLostTransactions, ignore => SetIgnoreLostTransactions(ignore));
        return SetProperties(KafkaConfiguration.Named(options.Properties));
    }

    /// <summary>Makes the sink.</summary>
    public KafkaSink<T> Build() =>
        new(
            new KafkaSinkSettings<T>
            {
                Properties = new Dictionary<string, string>(_properties, StringComparer.Ordinal),
                Topic = _topic,
                ChoosesTopic = _topicSelector is not null || _record is not null,
                Schema = _record ?? (_value is null ? null : new ComposedSchema<T>(_value, _key, _topicSelector, _headers)),
                Partitioner = _partitioner,
                Guarantee = _guarantee,
                TransactionalIdPrefix = _prefix,
                TransactionTimeout = _transactionTimeout,
                FlushTimeout = _flushTimeout,
                IgnoreLostTransactions = _ignoreLost,
            }
        );
}
