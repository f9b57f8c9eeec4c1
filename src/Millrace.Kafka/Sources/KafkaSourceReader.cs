using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Kafka.Consuming;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Sources;

/// <summary>
/// Reads the partitions of one source task with one consumer, from the client's memory straight into record batches.
/// <code>
/// Created -> AddSplits -> (Read | AddSplits | SnapshotSplits | NotifyCheckpointComplete | SetPaused)* -> Disposed
/// a split: added -> assigned -> done (bounded sources only)
/// </code>
/// </summary>
internal sealed unsafe partial class KafkaSourceReader<T> : ISourceReader<T>
{
    private static readonly TimeSpan LeaderTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WatchTimeout = TimeSpan.FromSeconds(10);

    // Configuration.
    private readonly KafkaSourceSettings<T> _settings;
    private readonly ConnectorContext _context;
    private readonly ILogger _logger;
    private readonly IDeserializationSchema<T>? _valueSchema;
    private readonly IKafkaDeserializationSchema<T>? _messageSchema;

    // Checkpointed: each split's position.
    private readonly Dictionary<KafkaTopicPartition, SplitState> _splits = [];

    // Not checkpointed.
    private readonly Dictionary<(nint Topic, int Partition), SplitState?> _byHandle = [];
    private readonly List<SplitState> _finished = [];
    private readonly OffsetPublisher _publisher = new();
    private readonly LagMeter _lag;
    private readonly TopicWatch<T> _watch;
    private readonly StalledSplits _stalled;
    private readonly PoisonHandler<T> _poison;
    private readonly ExternalServiceRetry _retry;
    private readonly RawConsumer _consumer;
    private readonly MessageBatch _messages;
    private bool _noMoreSplits;
    private int _active;
    private int _cursor;

    // For the batch being filled: its first message, and the messages since that led to no record.
    private readonly List<int> _leftOut = [];
    private int _batchStart;
    private long _bytes;
    private long _received;

    internal KafkaSourceReader(KafkaSourceSettings<T> settings, ConnectorContext context, ILogger logger)
    {
        _settings = settings;
        _context = context;
        _logger = logger;
        _valueSchema = settings.ValueSchema;
        _messageSchema = settings.MessageSchema;
        _consumer = new RawConsumer(
            settings.ConsumerProperties(context, context.TaskIndex.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            logger
        );
        _messages = new MessageBatch(settings.MaxPollRecords);
        _watch = new TopicWatch<T>(new PositionCheck<T>(settings, context, $"{context.TaskIndex}-watch", logger, WatchTimeout), context);
        _lag = new LagMeter(_consumer, context);
        _stalled = new StalledSplits(_consumer, context, logger);
        _poison = new PoisonHandler<T>(settings, context, logger);
        _retry = new ExternalServiceRetry($"Kafka source '{context.OperatorUid}'", settings.RequestTimeout, context, logger);
    }

    public void AddSplits(IReadOnlyList<SourceSplit> splits)
    {
        using TopicPartitionList assigned = TopicPartitionList.Create(splits.Count);
        List<string> endless = [];
        foreach (KafkaSplit split in Check([.. splits.Select(KafkaSplit.From).Where(split => !_splits.ContainsKey(split.Partition))]))
        {
            SplitState state = new(split);
            if (!_splits.TryAdd(state.Partition, state))
            {
                continue;
            }
            if (_settings.Bounded is not null && state.Stop is null)
            {
                endless.Add(state.Id);
            }
            if (KafkaSplit.IsDone(state.Position, state.Stop))
            {
                state.IsDone = true;
                _finished.Add(state);
                continue;
            }

            assigned.Add(state.Partition.Topic, state.Partition.Partition, state.Position);
            _active++;
        }

        if (assigned.Count > 0)
        {
            LearnLeaders(assigned);
            _consumer.Assign(assigned);
        }

        // Only a checkpoint has them: the enumerator gives every split of a bounded source an end.
        if (endless.Count > 0)
        {
            Log.RestoredWithoutEnd(_logger, _context.OperatorUid, _context.TaskIndex, string.Join(", ", endless));
        }

        // A partition looked up before it was ours is remembered as unknown.
        _byHandle.Clear();
        if (_logger.IsEnabled(LogLevel.Information))
        {
            Log.SplitsAdded(_logger, _context.OperatorUid, _context.TaskIndex, string.Join(", ", splits.Select(split => split.Id)));
        }
    }

    public void NotifyNoMoreSplits() => _noMoreSplits = true;

    public ReadStatus Read(ISourceOutput<T> output, TimeSpan maxWait)
    {
        ReleaseFinished(output);
        if (_active == 0 && _noMoreSplits)
        {
            return ReadStatus.EndOfInput;
        }

        _watch.Poll(_splits.Values);
        if (_lag.Measure(_splits.Values))
        {
            _stalled.Look(_splits.Values);
        }
        int count = _consumer.Read(_messages, maxWait);
        if (count > 0)
        {
            try
            {
                EmitAll(count, output);
            }
            finally
            {
                _messages.Clear();
            }

            ReleaseFinished(output);
        }

        if (_active == 0 && _noMoreSplits)
        {
            return ReadStatus.EndOfInput;
        }
        return count > 0 ? ReadStatus.MoreAvailable : ReadStatus.NothingAvailable;
    }

    public long OffsetOf(int row)
    {
        int index = _batchStart + row;
        foreach (int leftOut in _leftOut)
        {
            if (leftOut > index)
            {
                break;
            }
            index++;
        }

        return index < _cursor ? _messages[index]->Offset : -1;
    }

    public IReadOnlyList<SourceSplit> SnapshotSplits(long checkpointId)
    {
        // Dead letters count as handled once the checkpoint holds a position past them, so they have to be durable first.
        _poison.Flush();
        SourceSplit[] snapshot = new SourceSplit[_splits.Count];
        int i = 0;
        foreach (SplitState split in _splits.Values)
        {
            snapshot[i++] = split.ToSplit().ToSourceSplit();
        }
        if (_settings.CommitOffsets)
        {
            _publisher.Remember(checkpointId, _splits.Values);
        }
        return snapshot;
    }

    public void NotifyCheckpointComplete(long checkpointId)
    {
        if (!_settings.CommitOffsets)
        {
            return;
        }
        try
        {
            _publisher.Publish(_consumer, checkpointId);
        }
        catch (KafkaClientException e)
        {
            // Advice for monitoring, not the truth: the checkpoint is.
            Log.OffsetCommitFailed(_logger, e, _context.OperatorUid, checkpointId);
        }
    }

    public void SetPaused(IReadOnlyCollection<string> splitIds, bool paused)
    {
        using TopicPartitionList list = TopicPartitionList.Create(splitIds.Count);
        foreach (SplitState split in _splits.Values)
        {
            if (!split.IsDone && splitIds.Contains(split.Id))
            {
                list.Add(split.Partition.Topic, split.Partition.Partition);
            }
        }

        if (list.Count == 0)
        {
            return;
        }
        if (paused)
        {
            _consumer.Pause(list);
        }
        else
        {
            _consumer.Resume(list);
        }
    }

    public ValueTask DisposeAsync()
    {
        _messages.Dispose();
        _poison.Dispose();
        _consumer.Dispose();
        return _watch.DisposeAsync();
    }

    private KafkaSplit[] Check(KafkaSplit[] splits)
    {
        KafkaSplit[] found = PositionCheck<T>.Run(_settings, _context, $"{_context.TaskIndex}-positions", _logger, splits);
        for (int i = 0; i < found.Length; i++)
        {
            // The end that was fixed is one of the topic that is gone.
            if (found[i] is { IsAnew: true, Stop: not null })
            {
                found[i] = found[i] with
                {
                    Stop = _settings.Bounded?.Resolve(
                        [found[i].Partition],
                        new OffsetLookup(_consumer.Client, _settings.RequestTimeout, _settings.TopicPatience, _context.CancellationToken)
                    )[0],
                };
            }
        }

        return found;
    }

    // librdkafka looks for a partition's leader at once only when it knows the topic; otherwise the first record waits half a second.
    private void LearnLeaders(TopicPartitionList assigned)
    {
        HashSet<string> topics = new(StringComparer.Ordinal);
        try
        {
            for (int i = 0; i < assigned.Count; i++)
            {
                if (topics.Add(assigned.Topic(i)))
                {
                    _ = OffsetQueries.PartitionCount(_consumer.Client, assigned.Topic(i), LeaderTimeout);
                }
            }
        }
        catch (KafkaClientException)
        {
            // Only a short cut: the client goes on looking by itself, and reports what stays wrong.
        }
    }

    private void EmitAll(int count, ISourceOutput<T> output)
    {
        int i = 0;
        while (i < count)
        {
            RdKafkaMessage* first = _messages[i];
            if (first->Error != ErrorCodes.NoError)
            {
                OnEvent(first);
                i++;
                continue;
            }

            int end = i + 1;
            while (end < count && Continues(first, _messages[end]))
            {
                end++;
            }
            if (Find(first) is { IsDone: false } split)
            {
                EmitRun(split, i, end, output);
            }
            i = end;
        }

        _context.Metrics.AddBytes(_bytes);
        _bytes = 0;
        _received += count;
    }

    private static bool Continues(RdKafkaMessage* first, RdKafkaMessage* next) =>
        next->Topic == first->Topic && next->Partition == first->Partition && next->Error == ErrorCodes.NoError;

    private void EmitRun(SplitState split, int start, int end, ISourceOutput<T> output)
    {
        _cursor = start;
        while (_cursor < end && !split.IsDone)
        {
            RecordBatch<T> batch = output.Batch;
            if (batch.Count == 0)
            {
                BeginBatch();
            }
            bool stopped = false;
            try
            {
                stopped = _valueSchema is not null ? FillFromValues(split, end, batch) : FillFromMessages(split, end, batch);
            }
            catch (ExternalServiceException e)
            {
                // Nothing is wrong with the record; what was read before it does not wait.
                if (batch.Count > 0)
                {
                    output.Emit(split.Id);
                }
                _retry.Wait(e, _received + _cursor);
                continue;
            }
            catch (Exception e)
                when (e is not ISuppressRestarts { SuppressesRestarts: true }
                    && (e is not OperationCanceledException || !_context.CancellationToken.IsCancellationRequested)
                )
            {
                OnUnreadable(split, e);
                _leftOut.Add(_cursor);
                split.Position = _messages[_cursor++]->Offset + 1;
            }

            if (_cursor > start)
            {
                split.LeaderEpoch = MessageEpochs.Of(_messages[_cursor - 1]);
            }
            if (stopped)
            {
                Finish(split);
            }
            if (batch.IsFull || ((_cursor == end || split.IsDone) && batch.Count > 0))
            {
                output.Emit(split.Id);
            }
        }
    }

    private void BeginBatch()
    {
        _batchStart = _cursor;
        _leftOut.Clear();
    }

    // Returns whether the split's stop was met. An exception leaves the cursor at the record that threw.
    private bool FillFromValues(SplitState split, int end, RecordBatch<T> batch)
    {
        IDeserializationSchema<T> schema = _valueSchema!;
        long stop = split.Stop ?? long.MaxValue;
        for (; _cursor < end && !batch.IsFull; _cursor++)
        {
            RdKafkaMessage* message = _messages[_cursor];
            if (message->Offset >= stop)
            {
                return true;
            }

            _bytes += (long)(message->ValueLength + message->KeyLength);
            if (message->Value != null)
            {
                batch.Add(schema.Deserialize(new ReadOnlySpan<byte>(message->Value, (int)message->ValueLength)), Timestamp(message));
            }
            else
            {
                _leftOut.Add(_cursor);
            }
            split.Position = message->Offset + 1;
        }

        return split.Position >= stop;
    }

    private bool FillFromMessages(SplitState split, int end, RecordBatch<T> batch)
    {
        IKafkaDeserializationSchema<T> schema = _messageSchema!;
        string topic = split.Partition.Topic;
        long stop = split.Stop ?? long.MaxValue;
        for (; _cursor < end && !batch.IsFull; _cursor++)
        {
            RdKafkaMessage* message = _messages[_cursor];
            if (message->Offset >= stop)
            {
                return true;
            }

            _bytes += (long)(message->ValueLength + message->KeyLength);
            long timestamp = Timestamp(message);
            KafkaMessage view = new(message, topic, timestamp == RecordBatch.NoTimestamp ? -1 : timestamp);
            if (schema.TryDeserialize(view, out T value))
            {
                batch.Add(value, timestamp);
            }
            else
            {
                _leftOut.Add(_cursor);
            }
            split.Position = message->Offset + 1;
        }

        return split.Position >= stop;
    }

    private static long Timestamp(RdKafkaMessage* message)
    {
        int type;
        long timestamp = NativeMethods.rd_kafka_message_timestamp(message, &type);
        return timestamp < 0 ? RecordBatch.NoTimestamp : timestamp;
    }

    private SplitState? Find(RdKafkaMessage* message)
    {
        ref SplitState? found = ref CollectionsMarshal.GetValueRefOrAddDefault(
            _byHandle,
            (message->Topic, message->Partition),
            out bool known
        );
        if (!known)
        {
            string topic = Marshal.PtrToStringUTF8(NativeMethods.rd_kafka_topic_name(message->Topic)) ?? "";
            found = _splits.GetValueOrDefault(new KafkaTopicPartition(topic, message->Partition));
        }

        return found;
    }
}
