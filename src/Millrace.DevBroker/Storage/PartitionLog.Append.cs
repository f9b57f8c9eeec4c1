using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Storage;

/// <content>Appending.</content>
internal sealed partial class PartitionLog
{
    /// <summary>
    /// Appends one batch as a producer sent it. Its records are not touched; base offset and leader epoch are set in place. The batch may
    /// be reused after the call.
    /// </summary>
    /// <param name="batch">The batch.</param>
    /// <param name="guard">
    /// Asked within the lock that markers are written under too: what it lets in is in the log before the marker that ends its transaction,
    /// or it sees that the end is decided.
    /// </param>
    public AppendResult Append(Span<byte> batch, Func<BatchHeader, ErrorCode>? guard = null)
    {
        if (Validate(batch, out BatchHeader header) is { } refused)
        {
            return refused;
        }

        AppendResult result;
        lock (_lock)
        {
            if (_closed)
            {
                result = AppendResult.Failed(ErrorCode.UnknownTopicOrPartition, $"Partition {_name} is being closed.");
            }
            else if (guard?.Invoke(header) is { } error and not ErrorCode.None)
            {
                result = AppendResult.Failed(error, $"The transaction may not write to {_name}: {error}.");
            }
            else
            {
                result = AppendChecked(batch, header);
            }
        }

        if (result.Error == ErrorCode.None && !_fsync)
        {
            Waiters.SignalAll();
        }

        return result;
    }

    /// <summary>Appends the marker that ends a transaction here.</summary>
    public AppendResult AppendMarker(long producerId, short producerEpoch, bool commit, int coordinatorEpoch)
    {
        long end;
        byte[] batch = ControlBatch.Create(Now(), producerId, producerEpoch, commit, coordinatorEpoch);
        lock (_lock)
        {
            if (_closed)
            {
                return AppendResult.Failed(ErrorCode.UnknownTopicOrPartition, $"Partition {_name} is being closed.");
            }

            ErrorCode error = _producers.CheckMarker(producerId, producerEpoch, coordinatorEpoch);
            if (error != ErrorCode.None)
            {
                return AppendResult.Failed(
                    error,
                    $"The marker of producer {producerId} with epoch {producerEpoch} is older than what partition {_name} has seen."
                );
            }

            BatchHeader.SetPlace(batch, _end, _leaderEpoch);
            BatchHeader.TryRead(batch, out BatchHeader header);
            try
            {
                Store(batch, header);
            }
            catch (IOException failed)
            {
                return StorageFailure(failed);
            }

            if (_producers.ApplyMarker(header, commit, coordinatorEpoch, Now()) is { } aborted)
            {
                _aborted.Add(aborted);
            }

            end = _end;
        }

        if (!_fsync)
        {
            Waiters.SignalAll();
        }

        return new AppendResult(ErrorCode.None, end - 1, -1, end);
    }

    private AppendResult? Validate(ReadOnlySpan<byte> batch, out BatchHeader header)
    {
        if (!BatchHeader.TryRead(batch, out header))
        {
            return batch.Length > 16 && batch[16] < BatchHeader.CurrentMagic
                ? AppendResult.Failed(
                    ErrorCode.UnsupportedForMessageFormat,
                    $"Message format {batch[16]} is too old; only record batches of format 2 are taken."
                )
                : AppendResult.Failed(ErrorCode.CorruptMessage, $"{batch.Length} bytes are no record batch of format 2.");
        }

        if (header.TotalBytes < batch.Length)
        {
            return AppendResult.Failed(
                ErrorCode.InvalidRecord,
                "A produce request may hold one record batch per partition; this one holds more."
            );
        }

        if (header.TotalBytes > batch.Length)
        {
            return AppendResult.Failed(ErrorCode.CorruptMessage, $"The batch announces {header.TotalBytes} bytes, but has {batch.Length}.");
        }

        if (batch.Length > _config.MaxBatchBytes)
        {
            return AppendResult.Failed(
                ErrorCode.MessageTooLarge,
                $"The batch has {batch.Length} bytes; max.message.bytes is {_config.MaxBatchBytes}."
            );
        }

        if (!header.Matches(batch))
        {
            return AppendResult.Failed(ErrorCode.CorruptMessage, "The batch does not have the checksum that it says.");
        }

        if (header.IsControl)
        {
            return AppendResult.Failed(ErrorCode.InvalidRecord, "Producers may not write control batches.");
        }

        if (header.RecordCount < 1 || header.RecordCount != header.LastOffsetDelta + 1)
        {
            return AppendResult.Failed(
                ErrorCode.InvalidRecord,
                $"The batch has {header.RecordCount} records and a last offset delta of {header.LastOffsetDelta}; it must be one less."
            );
        }

        if (header.IsTransactional && !header.IsIdempotent)
        {
            return AppendResult.Failed(ErrorCode.InvalidRecord, "A transactional batch needs a producer id.");
        }

        if (header.IsIdempotent && (header.BaseSequence < 0 || header.ProducerEpoch < 0))
        {
            return AppendResult.Failed(ErrorCode.InvalidRecord, "A batch with a producer id needs an epoch and a sequence number.");
        }

        return _config.Compact ? ValidateKeys(batch, header) : null;
    }

    private AppendResult? ValidateKeys(ReadOnlySpan<byte> batch, in BatchHeader header)
    {
        if (header.IsCompressed)
        {
            batch = BatchCompression.Open(batch, header);
            if (batch.IsEmpty)
            {
                return AppendResult.Failed(ErrorCode.CorruptMessage, $"The batch cannot be opened as {header.Compression}.");
            }
        }

        return HasRecordWithoutKey(batch)
            ? AppendResult.Failed(ErrorCode.InvalidRecord, $"Topic partition {_name} is compacted: every record needs a key.")
            : null;
    }

    private static bool HasRecordWithoutKey(ReadOnlySpan<byte> batch)
    {
        RecordReader records = new(batch);
        while (records.MoveNext())
        {
            if (!records.HasKey)
            {
                return true;
            }
        }

        return false;
    }

    private AppendResult AppendChecked(Span<byte> batch, in BatchHeader header)
    {
        if (header.IsIdempotent)
        {
            ErrorCode error = _producers.Check(header, out ProducerState.Batch? original);
            if (error != ErrorCode.None)
            {
                return AppendResult.Failed(
                    error,
                    $"Producer {header.ProducerId} with epoch {header.ProducerEpoch} sent sequence {header.BaseSequence} to {_name}, which "
                        + "does not follow what is there."
                );
            }

            // The original may still be on its way to the disk, so the answer waits for all there is.
            if (original is { } first)
            {
                return new AppendResult(ErrorCode.None, first.BaseOffset, -1, _end);
            }
        }

        long timestamp = -1L;
        if (_config.LogAppendTime)
        {
            timestamp = Now();
            BatchHeader.SetLogAppendTime(batch, timestamp);
        }

        BatchHeader.SetPlace(batch, _end, _leaderEpoch);
        BatchHeader placed = header with { BaseOffset = _end, MaxTimestamp = timestamp >= 0 ? timestamp : header.MaxTimestamp };
        try
        {
            Store(batch, placed);
        }
        catch (IOException failed)
        {
            return StorageFailure(failed);
        }

        if (placed.IsIdempotent)
        {
            _producers.Apply(placed, Now());
        }

        return new AppendResult(ErrorCode.None, placed.BaseOffset, timestamp, _end);
    }

    private AppendResult StorageFailure(IOException failed)
    {
        Log.AppendFailed(_logger, _name, failed);
        return AppendResult.Failed(ErrorCode.KafkaStorageError, failed.Message);
    }

    private void Store(ReadOnlySpan<byte> batch, in BatchHeader header)
    {
        _faults.ThrowIfFull();
        if (MustRoll(batch.Length))
        {
            Roll();
        }

        Segment active = Active;
        active.Append(batch, header);
        if (active.FirstAppendTime < 0)
        {
            active.FirstAppendTime = Now();
        }

        _epochs.Apply(_leaderEpoch, header.BaseOffset);
        _end = header.LastOffset + 1;
        if (!_fsync)
        {
            _highWatermark = _end;
        }
    }

    private bool MustRoll(int bytes)
    {
        Segment active = Active;
        if (active.Size == 0)
        {
            return false;
        }

        return active.Size + (long)bytes > _config.SegmentBytes
            || (active.FirstAppendTime >= 0 && Now() - active.FirstAppendTime >= _config.SegmentAge);
    }

    private void Roll()
    {
        Segment active = Active;
        if (_fsync)
        {
            active.Flush();
        }

        TryWriteSummary(active);
        _segments = [.. _segments, _storage.Create(_end)];
        DropBySize();
    }

    private void TryWriteSummary(Segment segment)
    {
        try
        {
            _storage.WriteSummary(segment, Summarize(segment));
        }
        catch (IOException failed)
        {
            // Only the next start gets slower: it reads the segment instead.
            Log.SummaryFailed(_logger, _name, segment.BaseOffset, failed);
        }
    }

    private SegmentSummary Summarize(Segment segment) =>
        new()
        {
            Size = segment.Size,
            LastOffset = segment.LastOffset,
            MaxTimestamp = segment.MaxTimestamp,
            OffsetOfMaxTimestamp = segment.OffsetOfMaxTimestamp,
            Index = segment.Index.Entries,
            Aborted = _aborted.FindAll(a => a.MarkerOffset >= segment.BaseOffset && a.MarkerOffset <= segment.LastOffset),
            Producers = _producers.Snapshot(),
            Epochs = _epochs.Snapshot(),
        };

    private long Now() => _time.GetUtcNow().ToUnixTimeMilliseconds();
}
