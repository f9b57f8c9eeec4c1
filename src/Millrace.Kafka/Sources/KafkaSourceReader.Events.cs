using System.Runtime.InteropServices;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Kafka.Consuming;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Sources;

/// <summary>Messages that are no records, and the ends of splits.</summary>
internal sealed unsafe partial class KafkaSourceReader<T>
{
    private void OnEvent(RdKafkaMessage* message)
    {
        SplitState? split = message->Topic == 0 ? null : Find(message);
        if (message->Error == ErrorCodes.PartitionEof)
        {
            // The end may be reached without a record at it: transaction markers and compaction leave gaps.
            if (split is not null)
            {
                split.SeenEnd = message->Offset;
            }
            if (split is { IsDone: false, Stop: { } stop } && message->Offset >= stop)
            {
                Finish(split);
            }
            return;
        }

        if (split is not null && message->Error is ErrorCodes.LogTruncation or ErrorCodes.AutoOffsetReset or ErrorCodes.OffsetOutOfRange)
        {
            throw PositionLost(split!, message->Error);
        }
        string where = split is null ? "" : $" partition {split.Id}";
        string? text = message->Value == null ? null : Marshal.PtrToStringUTF8((nint)message->Value);
        KafkaErrors.Throw(message->Error, $"Kafka source '{_context.OperatorUid}'{where}", text);
    }

    private KafkaClientException PositionLost(SplitState split, int code)
    {
        try
        {
            if (Check([split.ToSplit()])[0].Position != split.Position)
            {
                return KafkaErrors.Restartable(
                    code,
                    $"Kafka source '{_context.OperatorUid}' partition {split.Id}: position {split.Position} is not there any more; the job "
                        + "restarts, to go on from another, as allowed"
                );
            }
            (long low, long high) = OffsetQueries.Watermarks(
                _consumer.Client,
                split.Partition.Topic,
                split.Partition.Partition,
                _settings.RequestTimeout
            );
            if (split.Position > high)
            {
                return TruncatedLog.Create(
                    TruncatedLog.Describe(_context.OperatorUid, split.Partition, split.Position, high),
                    canContinue: false
                );
            }
            if (split.Position < low)
            {
                return KafkaErrors.Create(
                    code,
                    $"Kafka source '{_context.OperatorUid}' partition {split.Id}: position {split.Position} is gone, the partition begins "
                        + $"at {low} now: {low - split.Position} offset(s) were deleted before "
                        + "they were read, by retention or by somebody"
                );
            }
        }
        catch (KafkaClientException e)
        {
            return e;
        }

        return KafkaErrors.Create(code, $"Kafka source '{_context.OperatorUid}' partition {split.Id}");
    }

    private void Finish(SplitState split)
    {
        split.Position = split.Stop!.Value;
        split.IsDone = true;
        _active--;
        _stalled.Clear();
        _finished.Add(split);
        using (TopicPartitionList list = TopicPartitionList.Create(1))
        {
            list.Add(split.Partition.Topic, split.Partition.Partition);
            _consumer.Unassign(list);
        }

        // librdkafka may give the topic another handle when it is used again.
        _byHandle.Clear();
    }

    private void ReleaseFinished(ISourceOutput<T> output)
    {
        foreach (SplitState split in _finished)
        {
            output.ReleaseSplit(split.Id);
        }
        _finished.Clear();
    }

    private void OnUnreadable(SplitState split, Exception cause)
    {
        RdKafkaMessage* native = _messages[_cursor];
        long timestamp = Timestamp(native);
        _poison.Handle(new KafkaMessage(native, split.Partition.Topic, timestamp == RecordBatch.NoTimestamp ? -1 : timestamp), cause);
    }
}
