using Microsoft.Extensions.Logging;

namespace Millrace.DevBroker.Storage;

/// <summary>
/// The log of one partition: opened -> closed. Appends happen one after the other under the log's lock (its single writer); reads take a
/// short look at the state and then read the segments without it.
/// </summary>
internal sealed partial class PartitionLog : IDisposable
{
    // Configuration.
    private readonly string _name;
    private readonly ILogStorage _storage;
    private readonly TimeProvider _time;
    private readonly IDiskFaults _faults;
    private readonly ILogger _logger;
    private readonly bool _fsync;
    private int _leaderEpoch;
    private readonly DiskFlusher _flusher;
    private volatile LogConfig _config;

    // On the disk, or derived from it at a start.
    private readonly Lock _lock = new();
    private readonly ProducerTable _producers = new();
    private readonly LeaderEpochs _epochs = new();
    private readonly List<AbortedTransaction> _aborted = [];
    private Segment[] _segments = [];
    private long _logStart;
    private long _end;

    // Of this run only.
    private long _highWatermark;
    private bool _closed;

    /// <summary>Opens the log and recovers what is there.</summary>
    /// <param name="name">Topic and partition, for messages.</param>
    /// <param name="logStart">First offset that counts, as remembered from deleted records.</param>
    public PartitionLog(
        string name,
        ILogStorage storage,
        LogConfig config,
        long logStart,
        int leaderEpoch,
        bool fsync,
        TimeProvider time,
        IDiskFaults faults,
        ILogger logger
    )
    {
        _name = name;
        _storage = storage;
        _config = config;
        _leaderEpoch = leaderEpoch;
        _fsync = fsync;
        _time = time;
        _faults = faults;
        _logger = logger;
        _flusher = new DiskFlusher(Flush);
        Recover(logStart);
    }

    /// <summary>Polls that wait for this log.</summary>
    public LogWaiters Waiters { get; } = new();

    public int LeaderEpoch => _leaderEpoch;

    public LogConfig Config
    {
        get => _config;
        set => _config = value;
    }

    public long LogStartOffset
    {
        get
        {
            lock (_lock)
            {
                return _logStart;
            }
        }
    }

    /// <summary>End of what may be read: everything appended, or with fsync everything that is on the disk.</summary>
    public long HighWatermark
    {
        get
        {
            lock (_lock)
            {
                return _highWatermark;
            }
        }
    }

    /// <summary>End of what is decided: below it every transaction has been committed or aborted.</summary>
    public long LastStableOffset
    {
        get
        {
            lock (_lock)
            {
                return StableOffset;
            }
        }
    }

    public long SizeBytes
    {
        get
        {
            lock (_lock)
            {
                long size = 0;
                foreach (Segment segment in _segments)
                {
                    size += segment.Size;
                }

                return size;
            }
        }
    }

    private long StableOffset => _producers.FirstUndecided is { } undecided ? Math.Min(undecided, _highWatermark) : _highWatermark;

    private Segment Active => _segments[^1];

    public List<ProducerState> Producers()
    {
        lock (_lock)
        {
            return _producers.Snapshot();
        }
    }

    /// <summary>The end of a leader epoch, as <see cref="LeaderEpochs.EndOf"/> says.</summary>
    public (int Epoch, long EndOffset) EndOfEpoch(int epoch)
    {
        lock (_lock)
        {
            return _epochs.EndOf(epoch, _leaderEpoch, _highWatermark);
        }
    }

    /// <summary>The epoch in which an offset was written, -1 if that is unknown.</summary>
    public int EpochAt(long offset)
    {
        lock (_lock)
        {
            return _epochs.At(offset);
        }
    }

    /// <summary>Completes when everything up to <paramref name="endOffset"/> may be acknowledged.</summary>
    public ValueTask WhenDurableAsync(long endOffset) =>
        !_fsync || HighWatermark >= endOffset ? ValueTask.CompletedTask : new ValueTask(_flusher.FlushAsync());

    /// <summary>Closes the log. What was appended stays; with files, a summary makes the next start quick.</summary>
    public void Dispose() => Close(delete: false);

    /// <summary>Closes the log and removes all that it stored.</summary>
    public void Delete() => Close(delete: true);

    private void Close(bool delete)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            if (!delete && Active.Size > 0)
            {
                TryWriteSummary(Active);
            }

            foreach (Segment segment in _segments)
            {
                if (delete)
                {
                    _storage.Delete(segment);
                }

                segment.Release();
            }

            if (delete)
            {
                _storage.DeleteAll();
            }
        }

        Waiters.SignalAll();
    }

    private void Flush()
    {
        Segment active;
        long end;
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            active = Active;
            end = _end;
            active.TryLease();
        }

        try
        {
            _faults.ThrowIfFull();
            active.Flush();
        }
        finally
        {
            active.Release();
        }

        lock (_lock)
        {
            _highWatermark = Math.Max(_highWatermark, end);
        }

        Waiters.SignalAll();
    }
}
