using Millrace.Connectors;
using Millrace.Kafka.Interop;
using Millrace.Kafka.Sinks;
using Millrace.Kafka.Transactions;

namespace Millrace.Kafka;

/// <summary>Writes records to Kafka topics. Built by <see cref="KafkaSink.Builder{T}"/>. Immutable.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed partial class KafkaSink<T> : IDurableSink<T>
{
    private static readonly string[] Owned = ["transactional.id", "transaction.timeout.ms", "delivery.report.only.error"];
    private readonly KafkaSinkSettings<T> _settings;

    internal KafkaSink(KafkaSinkSettings<T> settings)
    {
        _settings = settings;
        Topics = settings.Topic is null ? [] : [KafkaTopic.Of(settings.Properties, settings.Topic)];
    }

    /// <inheritdoc/>
    /// <remarks>Topics chosen record by record are not known beforehand and not listed.</remarks>
    public IReadOnlyList<Topic> Topics { get; }

    /// <inheritdoc/>
    public bool CommitsByCheckpoints => _settings.Guarantee is DeliveryGuarantee.ExactlyOnce;

    /// <inheritdoc/>
    public void Validate(ICollection<string> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        if (ConnectionProperties.Servers(_settings.Properties) is null)
        {
            errors.Add("KafkaSink has no bootstrap servers; give them with .SetBootstrapServers(\"host:9092\").");
        }
        if (_settings.Topic is null && !_settings.ChoosesTopic)
        {
            errors.Add("KafkaSink has no topic; give one with .SetTopic(...) or .SetTopicSelector(...).");
        }
        if (_settings.Schema is null)
        {
            errors.Add("KafkaSink has no serializer; give one with .SetValueSerializer(...) or .SetRecordSerializer(...).");
        }
        foreach (string name in Owned)
        {
            if (_settings.Properties.ContainsKey(name))
            {
                errors.Add(
                    $"KafkaSink sets '{name}' itself; use .SetDeliveryGuarantee, .SetTransactionalIdPrefix and .SetTransactionTimeout."
                );
            }
        }

        if (_settings.Guarantee is DeliveryGuarantee.ExactlyOnce)
        {
            new ConnectionSecurity(_settings.Properties).Validate(errors);
        }
        if (
            _settings.Guarantee is not DeliveryGuarantee.BestEffort
            && _settings.Properties.TryGetValue("acks", out string? acks)
            && acks is not ("all" or "-1")
        )
        {
            errors.Add(
                $"KafkaSink with {_settings.Guarantee} needs acks = all, not '{acks}'; remove the property or use "
                    + "DeliveryGuarantee.BestEffort."
            );
        }
        KafkaClient.Validate(_settings.Properties, errors);
    }

    /// <inheritdoc/>
    public void ValidateCheckpoints(TimeSpan checkpointInterval, ICollection<string> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        if (_settings.Guarantee is DeliveryGuarantee.ExactlyOnce && _settings.TransactionTimeout <= checkpointInterval)
        {
            errors.Add(
                $"KafkaSink has a transaction timeout of {_settings.TransactionTimeout}, but a transaction stays open from one checkpoint "
                    + $"to the completion of the next, and those begin {checkpointInterval} apart: the broker "
                    + "would abort every one. Expected is more than the interval and the longest checkpoint and restart together; raise it "
                    + "with .SetTransactionTimeout(...), or shorten the checkpoint interval."
            );
        }
    }

    /// <inheritdoc/>
    public ISinkWriter<T> CreateWriter(ConnectorContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Microsoft.Extensions.Logging.ILogger logger = context.LoggerFactory.CreateLogger("Millrace.Kafka.Sink");
        return _settings.Guarantee is DeliveryGuarantee.ExactlyOnce
            ? new TransactionalSinkWriter<T>(_settings, context, logger)
            : new KafkaSinkWriter<T>(_settings, context, logger);
    }
}
