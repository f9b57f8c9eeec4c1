using Millrace.DevBroker.Storage;

namespace Millrace.DevBroker.Topics;

/// <summary>One partition of a topic. Its log is opened, and recovered if need be, when it is first asked for.</summary>
internal sealed class Partition(string topic, int index, int leaderEpoch, ILogStorage storage, Func<Partition, PartitionLog> open)
{
    private readonly Lock _lock = new();
    private volatile PartitionLog? _log;
    private volatile int _leaderEpoch = leaderEpoch;
    private bool _closed;

    public string Topic { get; } = topic;

    public int Index { get; } = index;

    public int LeaderEpoch => _leaderEpoch;

    public ILogStorage Storage { get; } = storage;

    /// <summary>Whether there is anything that cleaning could concern.</summary>
    public bool HasLog => _log is not null || Storage.HasSegments;

    public PartitionLog Log => _log ?? Open();

    public void Configure(LogConfig config)
    {
        lock (_lock)
        {
            if (_log is { } log)
            {
                log.Config = config;
            }
        }
    }

    /// <summary>Cuts the log off in a new leader epoch.</summary>
    public long Truncate(long offset)
    {
        PartitionLog log = Log;
        lock (_lock)
        {
            _leaderEpoch++;
            return log.Truncate(offset, _leaderEpoch);
        }
    }

    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            _log?.Dispose();
        }
    }

    /// <summary>Closes the log and removes it from the disk.</summary>
    public void Delete()
    {
        lock (_lock)
        {
            _closed = true;
            if (_log is { } log)
            {
                log.Delete();
            }
            else
            {
                Storage.DeleteAll();
            }
        }
    }

    private PartitionLog Open()
    {
        lock (_lock)
        {
            if (_log is { } log)
            {
                return log;
            }

            ObjectDisposedException.ThrowIf(_closed, this);
            return _log = open(this);
        }
    }
}
