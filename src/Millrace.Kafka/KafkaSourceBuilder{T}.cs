using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Millrace.Kafka.Sources;

namespace Millrace.Kafka;

/// <summary>Collects the settings of a <see cref="KafkaSource{T}"/>. Mistakes are reported all at once when the job is built.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class KafkaSourceBuilder<T>
{
    private static readonly TimeSpan PatternTimeout = TimeSpan.FromSeconds(1);
    private readonly Dictionary<string, string> _properties = new(StringComparer.Ordinal);
    private string[] _topics = [];
    private Regex? _pattern;
    private string? _patternText;
    private string? _patternError;
    private string? _group;
    private OffsetsInitializer _starting = OffsetsInitializer.Earliest();
    private OffsetsInitializer? _bounded;
    private KafkaIsolationLevel _isolation = KafkaIsolationLevel.ReadCommitted;
    private TimeSpan? _discovery = TimeSpan.FromMinutes(5);
    private bool? _commit;
    private DeserializationErrorPolicy _errors = DeserializationErrorPolicy.Fail;
    private bool _startAnew;
    private bool _continueTruncated;
    private TimeSpan _timeout = TimeSpan.FromSeconds(30);
    private int _maxPoll = 4096;
    private IDeserializationSchema<T>? _valueSchema;
    private IKafkaDeserializationSchema<T>? _messageSchema;

    internal KafkaSourceBuilder() { }

    /// <summary>Where to find the cluster. Required.</summary>
    /// <param name="servers">Some brokers: <c>host1:9092,host2:9092</c>.</param>
    public KafkaSourceBuilder<T> SetBootstrapServers(string servers) => SetProperty(ConnectionProperties.BootstrapServers, servers);

    /// <summary>The topics to read. Either these or a pattern.</summary>
    /// <param name="topics">Names.</param>
    public KafkaSourceBuilder<T> SetTopics(params string[] topics)
    {
        ArgumentNullException.ThrowIfNull(topics);
        _topics = [.. topics.Distinct(StringComparer.Ordinal)];
        return this;
    }

    /// <summary>
    /// Reads all topics whose whole name matches, also ones created later. Kafka's internal topics (<c>__...</c>) are left out.
    /// </summary>
    /// <param name="pattern">A .NET regular expression; matching is limited to a second per name.</param>
    public KafkaSourceBuilder<T> SetTopicPattern(string pattern)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        (_pattern, _patternText, _patternError) = (null, pattern, null);
        try
        {
            // Alone first: wrapped, a pattern with a parenthesis too many could be another one.
            _ = new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, PatternTimeout);
            _pattern = new Regex($"^(?:{pattern})$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, PatternTimeout);
        }
        catch (RegexParseException failure)
        {
            _patternError = failure.Error.ToString();
        }

        return this;
    }

    /// <summary>
    /// The consumer group whose offsets are used by <see cref="OffsetsInitializer.CommittedOffsets"/> and published on checkpoints.
    /// Default: none.
    /// </summary>
    /// <param name="groupId">The group.</param>
    public KafkaSourceBuilder<T> SetGroupId(string groupId)
    {
        ArgumentException.ThrowIfNullOrEmpty(groupId);
        _group = groupId;
        return this;
    }

    /// <summary>
    /// Where to begin when the job starts without a checkpoint. Default: <see cref="OffsetsInitializer.Earliest"/>. Partitions that appear
    /// later are always read from their beginning.
    /// </summary>
    /// <param name="offsets">Where.</param>
    public KafkaSourceBuilder<T> SetStartingOffsets(OffsetsInitializer offsets)
    {
        ArgumentNullException.ThrowIfNull(offsets);
        _starting = offsets;
        return this;
    }

    /// <summary>
    /// Where to end: the source is bounded, and finishes when every partition has been read up to there. Default: never. The ends are fixed
    /// when the job first starts and kept in its checkpoints.
    /// </summary>
    /// <param name="offsets">The first offsets not to read any more, such as <see cref="OffsetsInitializer.Latest"/>.</param>
    public KafkaSourceBuilder<T> SetBounded(OffsetsInitializer offsets)
    {
        ArgumentNullException.ThrowIfNull(offsets);
        _bounded = offsets;
        return this;
    }

    /// <summary>Sets a property of librdkafka's consumer (its CONFIGURATION.md), for instance for SASL or TLS.</summary>
    /// <param name="name">Name.</param>
    /// <param name="value">Value.</param>
    public KafkaSourceBuilder<T> SetProperty(string name, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        if (name == ConnectionProperties.GroupId)
        {
            return SetGroupId(value);
        }
        _properties[name] = value;
        return this;
    }

    /// <summary>Sets several properties.</summary>
    /// <param name="properties">Names and values.</param>
    public KafkaSourceBuilder<T> SetProperties(IEnumerable<KeyValuePair<string, string>> properties)
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
    public KafkaSourceBuilder<T> SetProperties(IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return SetProperties(KafkaConfiguration.Properties(section));
    }

    /// <summary>Sets options out of a configuration, over what was set before.</summary>
    /// <param name="section">Has names and values of <see cref="KafkaSourceOptions"/>.</param>
    /// <exception cref="InvalidOperationException">A name or a value does not fit.</exception>
    public KafkaSourceBuilder<T> SetOptions(IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return SetOptions(KafkaConfiguration.Bind<KafkaSourceOptions>(section));
    }

    /// <summary>Sets options, over what was set before.</summary>
    /// <param name="options">The options; those that are <see langword="null"/> change nothing.</param>
    /// <exception cref="InvalidOperationException">An option cannot be.</exception>
    public KafkaSourceBuilder<T> SetOptions(KafkaSourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options is { Topics: not null, TopicPattern: null })
        {
            (_pattern, _patternText, _patternError) = (null, null, null);
        }
        else if (options is { Topics: null, TopicPattern: not null })
        {
            _topics = [];
        }

        KafkaConfiguration.Take(options.Topics, topics => SetTopics(ConnectionProperties.Split(topics)));
        KafkaConfiguration.Take(options.TopicPattern, pattern => SetTopicPattern(pattern));
        KafkaConfiguration.Take(options.GroupId, group => SetGroupId(group));
        KafkaConfiguration.Take(options.StartingOffsets, offsets => SetStartingOffsets(KafkaConfiguration.Offsets(offsets)));
        KafkaConfiguration.Take(options.Bounded, offsets => SetBounded(KafkaConfiguration.Offsets(offsets)));
        KafkaConfiguration.Take(options.IsolationLevel, level => SetIsolationLevel(level));
        KafkaConfiguration.Take(options.PartitionDiscoveryInterval, interval => SetPartitionDiscoveryInterval(interval));
        KafkaConfiguration.Take(options.CommitOffsetsOnCheckpoints, commit => SetCommitOffsetsOnCheckpoints(commit));
        KafkaConfiguration.Take(options.StartAnewOnRecreatedTopics, anew => SetStartAnewOnRecreatedTopics(anew));
        KafkaConfiguration.Take(options.ContinueOnTruncatedLogs, goOn => SetContinueOnTruncatedLogs(goOn));
        KafkaConfiguration.Take(options.RequestTimeout, timeout => SetRequestTimeout(timeout));
        KafkaConfiguration.Take(options.MaxPollRecords, records => SetMaxPollRecords(records));
        return SetProperties(KafkaConfiguration.Named(options.Properties));
    }

    /// <summary>How values become records. Tombstones are left out. Required, or the other overload.</summary>
    /// <param name="schema">The schema.</param>
    public KafkaSourceBuilder<T> SetDeserializer(IDeserializationSchema<T> schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        (_valueSchema, _messageSchema) = (schema, null);
        return this;
    }

    /// <summary>How messages with key, headers and metadata become records.</summary>
    /// <param name="schema">The schema.</param>
    public KafkaSourceBuilder<T> SetDeserializer(IKafkaDeserializationSchema<T> schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        (_messageSchema, _valueSchema) = (schema, null);
        return this;
    }

    /// <summary>
    /// What happens to records that the deserializer cannot read. Default: <see cref="DeserializationErrorPolicy.Fail"/>.
    /// </summary>
    /// <param name="policy">The policy.</param>
    public KafkaSourceBuilder<T> SetDeserializationErrorPolicy(DeserializationErrorPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        _errors = policy;
        return this;
    }

    /// <summary>How often to look for new partitions and topics. Default: every 5 minutes. A bounded source looks only once.</summary>
    /// <param name="interval">At least a millisecond; <see langword="null"/> = only once.</param>
    public KafkaSourceBuilder<T> SetPartitionDiscoveryInterval(TimeSpan? interval)
    {
        if (interval is { } given)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(given, TimeSpan.FromMilliseconds(1), nameof(interval));
        }
        _discovery = interval;
        return this;
    }

    /// <summary>Which records of transactions to read. Default: <see cref="KafkaIsolationLevel.ReadCommitted"/>.</summary>
    /// <param name="level">The level.</param>
    public KafkaSourceBuilder<T> SetIsolationLevel(KafkaIsolationLevel level)
    {
        if (!Enum.IsDefined(level))
        {
            throw new ArgumentOutOfRangeException(nameof(level), level, "Expected ReadCommitted or ReadUncommitted.");
        }

        _isolation = level;
        return this;
    }

    /// <summary>
    /// Whether a completed checkpoint's positions are published as the group's offsets, so that lag can be seen and scaled on. Default:
    /// when a group is given.
    /// </summary>
    /// <param name="commit">Whether.</param>
    public KafkaSourceBuilder<T> SetCommitOffsetsOnCheckpoints(bool commit)
    {
        _commit = commit;
        return this;
    }

    /// <summary>
    /// Whether a topic that was deleted and created again (its id tells, KIP-516) is read from its beginning. On a trigger-driven host a
    /// job that has state there does so when it starts from a savepoint. Default: <see langword="false"/> = the job ends and says so; going
    /// on at the old position would skip records.
    /// </summary>
    /// <param name="startAnew">Whether.</param>
    public KafkaSourceBuilder<T> SetStartAnewOnRecreatedTopics(bool startAnew)
    {
        _startAnew = startAnew;
        return this;
    }

    /// <summary>
    /// Whether the job goes on where a partition's log was cut off behind its back, such as by an unclean leader election (leader epochs
    /// tell, KIP-320): what was processed stays processed, and what has taken the place of the lost records is read. On a trigger-driven
    /// host it does so when it starts from a savepoint. Default: <see langword="false"/> = the job ends and says what is lost.
    /// </summary>
    /// <param name="continueTruncated">Whether.</param>
    public KafkaSourceBuilder<T> SetContinueOnTruncatedLogs(bool continueTruncated)
    {
        _continueTruncated = continueTruncated;
        return this;
    }

    /// <summary>
    /// How long to wait for an answer about topics and offsets, and for a service that the schema needs (a schema registry) to come back.
    /// Default: 30 seconds.
    /// </summary>
    /// <param name="timeout">At least a millisecond.</param>
    public KafkaSourceBuilder<T> SetRequestTimeout(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.FromMilliseconds(1));
        _timeout = timeout;
        return this;
    }

    /// <summary>The most messages taken from the client at once. Default: 4096.</summary>
    /// <param name="records">In [1, 1000000].</param>
    public KafkaSourceBuilder<T> SetMaxPollRecords(int records)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(records, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(records, 1_000_000);
        _maxPoll = records;
        return this;
    }

    /// <summary>Makes the source.</summary>
    public KafkaSource<T> Build() =>
        new(
            new KafkaSourceSettings<T>
            {
                Properties = new Dictionary<string, string>(_properties, StringComparer.Ordinal),
                Topics = _topics,
                Pattern = _pattern,
                PatternText = _patternText,
                PatternError = _patternError,
                GroupId = _group,
                Starting = _starting,
                Bounded = _bounded,
                IsolationLevel = _isolation,
                DiscoveryInterval = _bounded is null ? _discovery : null,
                CommitOffsets = _commit ?? _group is not null,
                ErrorPolicy = _errors,
                StartsAnewOnRecreatedTopics = _startAnew,
                ContinuesOnTruncatedLogs = _continueTruncated,
                RequestTimeout = _timeout,
                MaxPollRecords = _maxPoll,
                ValueSchema = _valueSchema,
                MessageSchema = _messageSchema,
            }
        );
}
