using Microsoft.Extensions.Logging;
using Millrace.Connectors;
using Millrace.Kafka.Interop;
using Millrace.Kafka.Producing;

namespace Millrace.Kafka.Sources;

/// <summary>
/// Sends records that could not be deserialized to a dead-letter topic. A letter that is not taken is settled by the policy's options, or
/// fails the run with the original's place.
/// </summary>
internal sealed unsafe class DeadLetterWriter : IDisposable
{
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromMinutes(5);

    // Configuration.
    private readonly DeadLetterOptions _options;
    private readonly ConnectorContext _context;
    private readonly ILogger _logger;
    private readonly RawProducer _producer;
    private readonly ProducerTopic _topic;

    // Not checkpointed: a checkpoint waits until it is empty.
    private readonly List<(Letter Letter, int Code, bool WasAlone)> _refused = [];
    private Letter? _oldest;
    private bool _isAlone;

    internal DeadLetterWriter(
        IReadOnlyDictionary<string, string> properties,
        string topic,
        DeadLetterOptions options,
        ConnectorContext context,
        ILogger logger
    )
    {
        _options = options;
        _context = context;
        _logger = logger;
        _producer = new RawProducer(properties, logger, context.TimeProvider) { OnUndelivered = OnUndelivered };
        _topic = _producer.Topic(topic);
    }

    internal string Topic => _topic.Name;

    /// <summary>Sends a letter; its acknowledgement is awaited by <see cref="Flush"/>.</summary>
    /// <exception cref="KafkaClientException">This letter or one before it cannot be written.</exception>
    internal void Write(Letter letter)
    {
        _oldest ??= letter;
        Produce(letter);
        _producer.Poll();
        Settle();
    }

    /// <summary>Returns when all dead letters are acknowledged.</summary>
    /// <exception cref="KafkaClientException">A letter cannot be written.</exception>
    /// <exception cref="TimeoutException">Not all are acknowledged in time.</exception>
    internal void Flush()
    {
        if (_oldest is not { } oldest)
        {
            return;
        }

        FlushProducer(oldest);
        Settle();
        _oldest = null;
    }

    public void Dispose() => _producer.Dispose();

    // What the client refuses by itself never was in a batch with others.
    private void Produce(Letter letter)
    {
        try
        {
            _producer.Produce(
                _topic,
                RawProducer.AnyPartition,
                letter.Key,
                letter.HasKey,
                letter.Value,
                letter.IsTombstone,
                letter.Timestamp,
                letter.ToNative(),
                _context.CancellationToken
            );
        }
        catch (KafkaClientException e)
        {
            _refused.Add((letter, e.Code, WasAlone: true));
        }
    }

    private void FlushProducer(Letter oldest)
    {
        try
        {
            _producer.Flush(FlushTimeout, _context.CancellationToken);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException(
                $"{Subject(oldest)}, and its dead letter, or one after it, is not written to topic '{Topic}': {e.Message}",
                e
            );
        }
    }

    private void OnUndelivered(RdKafkaMessage* message) =>
        _refused.Add((Letter.From(new KafkaMessage(message, Topic, (long)message->Private)), message->Error, _isAlone));

    private void Settle()
    {
        while (_refused.Count > 0)
        {
            (Letter Letter, int Code, bool WasAlone)[] refused = [.. _refused];
            _refused.Clear();
            foreach ((Letter letter, int code, bool wasAlone) in refused)
            {
                if (code != ErrorCodes.MessageTooLarge)
                {
                    throw Error(letter, code);
                }

                // The broker refuses a batch as a whole: only a letter that was alone in it is known to be too large.
                if (!wasAlone)
                {
                    SendAlone(letter);
                }
                else if (_options.WhenTooLarge is OversizedLetterAction.Shorten && !letter.IsShortened)
                {
                    Shorten(letter);
                }
                else
                {
                    throw Error(letter, code);
                }
            }
        }
    }

    private void Shorten(Letter letter)
    {
        Log.LetterShortened(_logger, _context.OperatorUid, letter.Topic, letter.Partition, letter.Offset, letter.Size, Topic);
        SendAlone(letter.Shorten(_options.ShortenedBytes));
    }

    private void SendAlone(Letter letter)
    {
        FlushProducer(letter);
        _isAlone = true;
        try
        {
            Produce(letter);
            FlushProducer(letter);
        }
        finally
        {
            _isAlone = false;
        }
    }

    private KafkaClientException Error(Letter letter, int code)
    {
        string subject = $"{Subject(letter)}, and its dead letter of {letter.Size} bytes cannot be written to topic '{Topic}'";
        string name = KafkaErrors.Name(code);
        string? remedy = code switch
        {
            ErrorCodes.MessageTooLarge =>
                "Raise max.message.bytes of the topic (and message.max.bytes where DeadLetterOptions.ProducerProperties lowers it), or "
                    + "have such letters shortened: "
                    + "new DeadLetterOptions { WhenTooLarge = OversizedLetterAction.Shorten }.",
            ErrorCodes.UnknownTopicOrPartition or ErrorCodes.UnknownTopic or ErrorCodes.UnknownPartition =>
                "Create the topic, or correct its name in the DeserializationErrorPolicy.",
            ErrorCodes.TopicAuthorizationFailed => "Grant this principal Write on the topic.",
            _ => null,
        };
        return remedy is null
            ? KafkaErrors.Create(code, subject)
            : new KafkaClientException(
                $"{subject}: {KafkaErrors.Describe(code)} ({name}). {remedy}",
                code,
                name,
                isFatal: false,
                isRetriable: false
            )
            {
                SuppressesRestarts = KafkaErrors.IsForGood(code),
            };
    }

    private string Subject(Letter letter) =>
        $"Kafka source '{_context.OperatorUid}': record {letter.Topic} [{letter.Partition}] @ {letter.Offset} cannot be read";
}
