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

    internal KafkaSink(KafkaSinkSettings<T> settings)
    {
        Settings = settings;
        Topics = settings.Topic is null ? [] : [KafkaTopic.Of(settings.Properties, settings.Topic)];
    }

    /// <summary>What it was built with.</summary>
    internal KafkaSinkSettings<T> Settings { get; }

    /// <inheritdoc/>
    /// <remarks>Topics chosen record by record are not known beforehand and not listed.</remarks>
    public IReadOnlyList<Topic> Topics { get; }

    /// <inheritdoc/>
    public bool CommitsByCheckpoints => Settings.Guarantee is DeliveryGuarantee.ExactlyOnce;

    /// <inheritdoc/>
    public void Validate(ICollection<string> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        if (ConnectionProperties.Servers(Settings.Properties) is null)
        {
            errors.Add("KafkaSink has no bootstrap servers; give them with .SetBootstrapServers(\"host:9092\").");
        }
        if (Settings.Topic is null && !Settings.ChoosesTopic)
        {
            errors.Add("KafkaSink has no topic; give one with .SetTopic(...) or .SetTopicSelector(...).");
        }
        if (Settings.Schema is null)
        {
            errors.Add("KafkaSink has no serializer; give one with .SetValueSerializer(...) or .SetRecordSerializer(...).");
        }
        foreach (string name in Owned)
        {
            if (Settings.Properties.ContainsKey(name))
            {
                errors.Add(
                    $"KafkaSink sets '{name}' itself; use .SetDeliveryGuarantee, .SetTransactionalIdPrefix and .SetTransactionTimeout."
                );
            }
        }

        if (Settings.Guarantee is DeliveryGuarantee.ExactlyOnce)
        {
            new ConnectionSecurity(Settings.Properties).Validate(errors);
        }
        if (Settings.Guarantee is not DeliveryGuarantee.BestEffort && ConnectionProperties.WeakAcks(Settings.Properties) is { } acks)
        {
            errors.Add(
                $"KafkaSink with {Settings.Guarantee} needs acks = all, not {acks}; remove the property or use "
                    + "DeliveryGuarantee.BestEffort."
            );
        }
        KafkaClient.Validate(Settings.Properties, errors);
    }

    /// <inheritdoc/>
    public void ValidateCheckpoints(TimeSpan checkpointInterval, ICollection<string> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        if (Settings.Guarantee is DeliveryGuarantee.ExactlyOnce && Settings.TransactionTimeout <= checkpointInterval)
        {
            errors.Add(
                $"KafkaSink has a transaction timeout of {Settings.TransactionTimeout}, but a transaction stays open from one checkpoint "
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
        return Settings.Guarantee is DeliveryGuarantee.ExactlyOnce
            ? new TransactionalSinkWriter<T>(Settings, context, logger)
            : new KafkaSinkWriter<T>(Settings, context, logger);
    }
}
