using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Millrace.Connectors;
using Millrace.Kafka.Consuming;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Producing;

/// <summary>
/// A producer without an object per record: records are copied into librdkafka's queue, only failed deliveries are reported back
/// (<c>delivery.report.only.error</c>), and <see cref="Flush"/> waits until all are acknowledged. One thread at a time.
/// <code>
/// Created -> Produce* -> Flush -> ... -> Disposed
/// Created -> InitTransactions -> (BeginTransaction -> Produce* -> Flush -> Commit | Abort)* -> Disposed
/// </code>
/// </summary>
internal sealed unsafe partial class RawProducer : IDisposable
{
    /// <summary>Lets librdkafka's <c>partitioner</c> choose.</summary>
    internal const int AnyPartition = -1;

    private const int CopyFlag = 0x2;
    private const int PerMessagePartitionFlag = 0x8;
    private const int Arguments = 6;
    private const int FlushSliceMs = 50;

    // librdkafka's.
    private const int DefaultTransactionTimeoutMs = 60_000;
    private static readonly TimeSpan PartitionCountAge = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time;
    private readonly string? _transactionalId;
    private readonly TimeSpan _transactionTimeout;
    private readonly TimeSpan _topicPatience;
    private readonly StallWatch _stall;
    private readonly KafkaHandle _client;
    private readonly nint _native;
    private readonly QueueHandle _events;
    private readonly Dictionary<string, ProducerTopic> _topics = new(StringComparer.Ordinal);
    private readonly DeliveryFailures _failures = new();
    private readonly RdKafkaVarArg[] _arguments;
    private readonly RdKafkaVarArg* _args;
    private readonly byte[] _emptyStorage = GC.AllocateArray<byte>(8, pinned: true);
    private readonly byte* _empty;
    private KafkaClientException? _fatal;
    private long _producedAtFull = -1;
    private long _fullSince;
    private bool _disposed;

    /// <param name="properties">librdkafka's.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="time">The clock.</param>
    /// <param name="onWaiting">Hears what the producer waits for, where that takes long, and when it no longer does.</param>
    internal RawProducer(
        IReadOnlyDictionary<string, string> properties,
        ILogger logger,
        TimeProvider time,
        Action<ConnectorWait?>? onWaiting = null
    )
    {
        Dictionary<string, string> all = new(properties, StringComparer.Ordinal) { ["delivery.report.only.error"] = "true" };
        _time = time;
        _transactionalId = all.GetValueOrDefault("transactional.id");
        _transactionTimeout = TimeSpan.FromMilliseconds(
            int.TryParse(all.GetValueOrDefault("transaction.timeout.ms"), CultureInfo.InvariantCulture, out int timeout)
                ? timeout
                : DefaultTransactionTimeoutMs
        );
        _topicPatience = NewTopics.Patience(properties);
        bool hidesDebug = all.TryAdd("debug", "msg");
        ClientCallbacks callbacks = new(logger) { HidesDebug = hidesDebug };
        _client = KafkaClient.Create(KafkaClient.Producer, all, callbacks, KafkaEvents.DeliveryReport | KafkaEvents.Stats);
        _stall = new StallWatch(_client, callbacks, time, onWaiting);
        if (hidesDebug)
        {
            _stall.Begin();
        }

        _native = _client.DangerousGetHandle();
        _events = QueueHandle.Main(_client);
        _empty = (byte*)Unsafe.AsPointer(ref _emptyStorage[0]);
        _arguments = GC.AllocateArray<RdKafkaVarArg>(Arguments + 2, pinned: true);
        _args = (RdKafkaVarArg*)Unsafe.AsPointer(ref _arguments[0]);
        _args[0].Tag = RdKafkaVarArg.TopicHandle;
        _args[1].Tag = RdKafkaVarArg.PartitionTag;
        _args[2].Tag = RdKafkaVarArg.FlagsTag;
        _args[2].Int32 = CopyFlag;
        _args[3].Tag = RdKafkaVarArg.ValueTag;
        _args[4].Tag = RdKafkaVarArg.KeyTag;
        _args[5].Tag = RdKafkaVarArg.TimestampTag;
        _args[6].Tag = RdKafkaVarArg.HeadersTag;
        _args[7].Tag = RdKafkaVarArg.OpaqueTag;
    }

    /// <summary>Hears of failed deliveries instead of their being thrown; fatal errors are thrown all the same.</summary>
    internal Action<KafkaClientException>? OnTolerated { get; init; }

    /// <summary>
    /// Takes each record that was not delivered, valid only during the call, in place of its being counted and thrown. Its private field is
    /// its timestamp, which librdkafka does not keep.
    /// </summary>
    internal UndeliveredRecord? OnUndelivered { get; init; }

    /// <summary>Records handed over so far.</summary>
    internal long Produced { get; private set; }

    /// <summary>Records whose delivery failed, since the last <see cref="AbortTransaction"/>.</summary>
    internal long Failed => _failures.Count;

    /// <summary>The topic, looked up once per producer.</summary>
    internal ProducerTopic Topic(string name)
    {
        if (_topics.TryGetValue(name, out ProducerTopic? known))
        {
            return known;
        }

        nint native = NativeMethods.rd_kafka_topic_new(_client, name, 0);
        if (native == 0)
        {
            KafkaErrors.Throw(NativeMethods.rd_kafka_last_error(), $"Using topic '{name}'");
        }

        ProducerTopic topic = new(name, native);
        _topics.Add(name, topic);
        return topic;
    }

    /// <summary>Number of partitions, at most a minute old.</summary>
    internal int PartitionCount(ProducerTopic topic, TimeSpan timeout)
    {
        if (topic.PartitionCount == 0 || _time.GetElapsedTime(topic.PartitionCountAskedAt) > PartitionCountAge)
        {
            topic.PartitionCount = NewTopics.Await(
                () => OffsetQueries.PartitionCount(_client, topic.Name, timeout),
                _topicPatience,
                CancellationToken.None
            );
            topic.PartitionCountAskedAt = _time.GetTimestamp();
        }

        return topic.PartitionCount;
    }

    /// <summary>Queues one record, waiting while the queue is full. Key and value are copied before it returns.</summary>
    /// <param name="topic">Where to.</param>
    /// <param name="partition">Partition or <see cref="AnyPartition"/>.</param>
    /// <param name="key">Key; a default span without a reference = none only together with <paramref name="hasKey"/> false.</param>
    /// <param name="hasKey">Whether there is a key.</param>
    /// <param name="value">Value.</param>
    /// <param name="isTombstone">Whether the value is null.</param>
    /// <param name="timestamp">Milliseconds since the Unix epoch; 0 = now.</param>
    /// <param name="headers">An <c>rd_kafka_headers_t</c> or 0; belongs to the producer from now on.</param>
    /// <param name="cancellationToken">Ends the wait for room.</param>
    internal void Produce(
        ProducerTopic topic,
        int partition,
        ReadOnlySpan<byte> key,
        bool hasKey,
        ReadOnlySpan<byte> value,
        bool isTombstone,
        long timestamp,
        nint headers,
        CancellationToken cancellationToken
    )
    {
        fixed (byte* keyPointer = key)
        fixed (byte* valuePointer = value)
        {
            RdKafkaVarArg* args = _args;
            args[0].Pointer = (void*)topic.Native;
            args[1].Int32 = partition;
            args[3].Pointer =
                isTombstone ? null
                : valuePointer == null ? _empty
                : valuePointer;
            args[3].Size = (nuint)value.Length;
            args[4].Pointer =
                !hasKey ? null
                : keyPointer == null ? _empty
                : keyPointer;
            args[4].Size = (nuint)key.Length;
            args[5].Int64 = timestamp;
            args[6].Pointer = (void*)headers;
            args[7].Int64 = timestamp;
            nuint count =
                headers == 0 ? Arguments
                : OnUndelivered is null ? (nuint)Arguments + 1
                : (nuint)Arguments + 2;
            nint error;
            while ((error = NativeMethods.rd_kafka_produceva(_native, args, count)) != 0)
            {
                OnRefused(error, topic, headers, cancellationToken);
            }
        }

        Produced++;
    }

    /// <summary>Queues records that have neither headers nor timestamps; the quickest way. Waits while the queue is full.</summary>
    /// <param name="topic">Where to.</param>
    /// <param name="messages">Value, key and partition of each; other fields 0. Overwritten.</param>
    /// <param name="cancellationToken">Ends the wait for room.</param>
    internal void ProduceBatch(ProducerTopic topic, Span<RdKafkaMessage> messages, CancellationToken cancellationToken)
    {
        Produced += messages.Length;
        while (messages.Length > 0)
        {
            int taken;
            fixed (RdKafkaMessage* first = messages)
            {
                taken = NativeMethods.rd_kafka_produce_batch(
                    topic.Native,
                    AnyPartition,
                    CopyFlag | PerMessagePartitionFlag,
                    first,
                    messages.Length
                );
            }

            if (taken == messages.Length)
            {
                break;
            }

            // librdkafka takes messages in order until its queue is full; any other refusal is final.
            int next = 0;
            while (messages[next].Error == ErrorCodes.NoError)
            {
                next++;
            }

            int code = messages[next].Error;
            if (code != ErrorCodes.QueueFull)
            {
                KafkaErrors.Throw(code, $"Writing to topic '{topic.Name}'");
            }

            messages = messages[next..];
            WaitForRoom(cancellationToken);
        }

        Poll();
    }

    /// <summary>Takes up delivery failures and statistics without waiting; throws what has failed since.</summary>
    internal void Poll()
    {
        PollEvents(0);
        ThrowIfFailed();
    }

    /// <summary>Returns when the broker has acknowledged everything produced so far.</summary>
    /// <exception cref="KafkaClientException">A record was not taken.</exception>
    /// <exception cref="TimeoutException">Not everything was acknowledged in time.</exception>
    internal void Flush(TimeSpan timeout, CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        while (true)
        {
            int code = NativeMethods.rd_kafka_flush(_client, FlushSliceMs);
            Poll();
            if (code == ErrorCodes.NoError)
            {
                _stall.End();
                return;
            }

            if (code != ErrorCodes.TimedOut)
            {
                KafkaErrors.Throw(code, "Flushing a Kafka producer");
            }

            cancellationToken.ThrowIfCancellationRequested();
            _stall.Check(start, "acknowledgements");
            if (_time.GetElapsedTime(start) > timeout)
            {
                ThrowFlushTimeout(timeout);
            }
        }
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _stall.End();
        foreach (ProducerTopic topic in _topics.Values)
        {
            NativeMethods.rd_kafka_topic_destroy(topic.Native);
        }

        _events.Dispose();
        _client.Dispose();
    }

    private void PollEvents(int timeoutMs)
    {
        while (true)
        {
            nint e = NativeMethods.rd_kafka_queue_poll(_events, timeoutMs);
            if (e == 0)
            {
                return;
            }

            timeoutMs = 0;
            switch (NativeMethods.rd_kafka_event_type(e))
            {
                case KafkaEvents.DeliveryReport:
                    if (OnUndelivered is null)
                    {
                        _failures.Add(e);
                    }
                    else
                    {
                        DeliveryFailures.ForEach(e, OnUndelivered);
                    }

                    break;
                case KafkaEvents.Stats:
                    Identity = StatisticsReader.Identity(
                        MemoryMarshal.CreateReadOnlySpanFromNullTerminated(NativeMethods.rd_kafka_event_stats(e))
                    );
                    break;
                default:
                    break;
            }

            NativeMethods.rd_kafka_event_destroy(e);
        }
    }

    private void ThrowIfFailed()
    {
        if (_fatal is not null)
        {
            throw _fatal;
        }

        if (_failures.Count == 0)
        {
            return;
        }

        KafkaClientException failure = FatalError() ?? _failures.ToException(RemedyIfTimedOut(_failures.Code))!;
        if (OnTolerated is null || failure.IsFatal)
        {
            throw failure;
        }

        _failures.Reset();
        OnTolerated(failure);
    }

    // A fatal error (fencing, a gap in an idempotent stream) is the cause; what the single records failed with is only its consequence.
    private KafkaClientException? FatalError()
    {
        const int Size = 512;
        byte* text = stackalloc byte[Size];
        int code = NativeMethods.rd_kafka_fatal_error(_client, text, Size);
        if (code == ErrorCodes.NoError)
        {
            return null;
        }

        return _fatal = KafkaErrors.Create(
            code,
            "Kafka producer",
            Marshal.PtrToStringUTF8((nint)text),
            isFatal: true,
            remedy: RemedyIfTimedOut(code)
        );
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void OnRefused(nint error, ProducerTopic topic, nint headers, CancellationToken cancellationToken)
    {
        if (NativeMethods.rd_kafka_error_code(error) != ErrorCodes.QueueFull)
        {
            if (headers != 0)
            {
                NativeMethods.rd_kafka_headers_destroy(headers);
            }

            KafkaClientException refused = KafkaErrors.Take(
                error,
                $"Writing to topic '{topic.Name}'",
                RemedyIfTimedOut(NativeMethods.rd_kafka_error_code(error))
            );
            throw FatalError() ?? refused;
        }

        NativeMethods.rd_kafka_error_destroy(error);
        try
        {
            WaitForRoom(cancellationToken);
        }
        catch
        {
            if (headers != 0)
            {
                NativeMethods.rd_kafka_headers_destroy(headers);
            }

            throw;
        }
    }

    private void WaitForRoom(CancellationToken cancellationToken)
    {
        const int WaitMs = 5;
        cancellationToken.ThrowIfCancellationRequested();
        PollEvents(WaitMs);
        ThrowIfFailed();
        if (Produced != _producedAtFull)
        {
            _producedAtFull = Produced;
            _fullSince = _time.GetTimestamp();
            _stall.End();
        }

        _stall.Check(_fullSince, "acknowledgements");
    }

    private void ThrowFlushTimeout(TimeSpan timeout) =>
        throw new TimeoutException(
            $"Kafka producer: {NativeMethods.rd_kafka_outq_len(_client)} record(s) not acknowledged within {timeout}. "
                + "Check that the broker is reachable, or raise the timeout."
        );
}
