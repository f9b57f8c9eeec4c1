using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Storage;

/// <content>Removing what is old.</content>
internal sealed partial class PartitionLog
{
    /// <summary>Deletes segments that are too old or too many, and forgets producers that are long gone.</summary>
    public void ApplyRetention(TimeSpan producerExpiration)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            _producers.Expire(Now() - (long)producerExpiration.TotalMilliseconds);
            if (!_config.Delete)
            {
                return;
            }

            if (_config.RetentionMs >= 0)
            {
                DropByAge(Now() - _config.RetentionMs);
            }

            DropBySize();
        }
    }

    /// <summary>Makes everything before the offset invisible, and deletes segments that hold nothing else. -1 means all.</summary>
    public (ErrorCode Error, long LogStartOffset) DeleteRecords(long beforeOffset)
    {
        lock (_lock)
        {
            if (beforeOffset == -1)
            {
                beforeOffset = _highWatermark;
            }

            if (_closed || beforeOffset < 0 || beforeOffset > _highWatermark)
            {
                return (ErrorCode.OffsetOutOfRange, -1);
            }

            if (beforeOffset <= _logStart)
            {
                return (ErrorCode.None, _logStart);
            }

            if (beforeOffset == _end && Active.Size > 0)
            {
                Roll();
            }

            while (_segments.Length > 1 && _segments[1].BaseOffset <= beforeOffset)
            {
                DropFirst();
            }

            _logStart = Math.Max(_logStart, beforeOffset);
            return (ErrorCode.None, _logStart);
        }
    }

    /// <summary>Begins a new segment if the active one has anything, so that it can be deleted or compacted.</summary>
    public void Seal()
    {
        lock (_lock)
        {
            if (!_closed && Active.Size > 0)
            {
                Roll();
            }
        }
    }

    private void DropByAge(long oldest)
    {
        while (TimeOf(_segments[0]) is { } time && time < oldest)
        {
            if (_segments.Length == 1)
            {
                Roll();
            }

            DropFirst();
        }
    }

    private static long? TimeOf(Segment segment)
    {
        if (segment.Size == 0)
        {
            return null;
        }

        return segment.MaxTimestamp >= 0 ? segment.MaxTimestamp : segment.FirstAppendTime;
    }

    private void DropBySize()
    {
        if (!_config.Delete || _config.RetentionBytes < 0)
        {
            return;
        }

        long size = SizeBytes;
        while (_segments.Length > 1 && size - _segments[0].Size >= _config.RetentionBytes)
        {
            size -= _segments[0].Size;
            DropFirst();
        }
    }

    private void DropFirst()
    {
        Segment first = _segments[0];
        _segments = _segments[1..];
        _logStart = Math.Max(_logStart, _segments[0].BaseOffset);
        _aborted.RemoveAll(a => a.MarkerOffset < _logStart);
        _storage.Delete(first);
        first.Release();
    }
}
