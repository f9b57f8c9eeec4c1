using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Millrace.Connectors;
using Millrace.Kafka.Producing;
using Millrace.Kafka.Sinks;

namespace Millrace.Kafka.Durable;

/// <summary>
/// Sends from an outbox in transactions that also write a progress marker: key = the task, value = the last sequence number, in a compacted
/// topic.
/// <code>
/// Closed -> register the transactional id, then read the marker -> Open -> (begin, records, marker, commit)* -> Closed after any failure
/// </code>
/// </summary>
internal sealed class TransactionalSender<T> : IDurableSinkSender
{
    private static readonly TimeSpan AbortTimeout = TimeSpan.FromSeconds(5);

    // Others' transactions are ended by others, and they may wait for what this caller holds meanwhile.
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(30);

    // Configuration.
    private readonly KafkaSinkSettings<T> _settings;
    private readonly ConnectorContext _context;
    private readonly ILogger _logger;
    private readonly byte[] _key;
    private readonly string _transactionalId;

    // Not checkpointed: the marker is, by Kafka.
    private readonly SinkProgress _progress = new();
    private RawProducer? _producer;

    internal TransactionalSender(KafkaSinkSettings<T> settings, ConnectorContext context, ILogger logger)
    {
        _settings = settings;
        _context = context;
        _logger = logger;
        _transactionalId = SinkProgress.TransactionalId(
            settings.TransactionalIdPrefix ?? context.JobName,
            context.OperatorUid,
            context.TaskIndex
        );
        _key = Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{context.Incarnation}/{context.OperatorUid}/{context.TaskIndex}")
        );
    }

    public Task SendAsync(IReadOnlyList<DurableSinkRecord> records, CancellationToken cancellationToken) =>
        records.Count == 0 ? Task.CompletedTask : Task.Run(() => Send(records, cancellationToken), cancellationToken);

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private void Send(IReadOnlyList<DurableSinkRecord> records, CancellationToken cancellationToken)
    {
        try
        {
            RawProducer producer = _progress.IsOpen ? _producer! : Open(cancellationToken);
            int first = 0;
            while (first < records.Count && !_progress.MustSend(records[first].Sequence))
            {
                first++;
            }

            if (first == records.Count)
            {
                return;
            }

            long marker = records[^1].Sequence;
            producer.BeginTransaction();
            for (int i = first; i < records.Count; i++)
            {
                OutboxProducer.Produce(producer, records[i], _settings.Properties, _context, cancellationToken);
            }

            producer.Produce(
                producer.Topic(ProgressTopic.Name),
                ProgressTopic.Partition,
                _key,
                hasKey: true,
                ProgressTopic.Encode(marker),
                isTombstone: false,
                timestamp: 0,
                headers: 0,
                cancellationToken
            );
            producer.CommitTransaction(_settings.FlushTimeout, cancellationToken);
            _progress.Committed(marker);
        }
        catch
        {
            // The outcome is unknown, or another process has the id: only the marker can tell.
            _progress.Lost();
            TryAbort();
            Close();
            throw;
        }
    }

    private RawProducer Open(CancellationToken cancellationToken)
    {
        Close();
        Dictionary<string, string> connection = ConnectionProperties.OfConnection(_settings.Properties);
        ProgressTopic.Ensure(connection, _logger, _settings.FlushTimeout, cancellationToken);
        RawProducer producer = _producer = new RawProducer(
            _settings.ProducerProperties(_context, _transactionalId),
            _logger,
            _context.TimeProvider,
            _context.Metrics.SetWaiting
        );

        // In this order: a marker read before the fence may be overtaken by a predecessor that is still committing.
        producer.InitTransactions(_settings.FlushTimeout, cancellationToken);
        TimeSpan readTimeout = _settings.FlushTimeout < ReadTimeout ? _settings.FlushTimeout : ReadTimeout;
        _progress.Opened(ProgressTopic.Read(connection, _key, _logger, _context.TimeProvider, readTimeout, cancellationToken));
        return producer;
    }

    // What is left open holds up everybody who reads markers, the other tasks of this process included, until the id is registered again.
    private void TryAbort()
    {
        try
        {
            _producer?.AbortTransaction(AbortTimeout, CancellationToken.None);
        }
        catch (Exception exception) when (exception is KafkaClientException or TimeoutException)
        {
            // There is no transaction, or nobody to tell: the id's next registration ends it.
        }
    }

    private void Close()
    {
        _producer?.Dispose();
        _producer = null;
    }
}
