using System.Globalization;

namespace Millrace.Checkpoints;

/// <summary>How far a restore is: parts are read first, then the tasks take what is theirs from them. Thread-safe.</summary>
internal sealed class RestoreProgress(TimeProvider time)
{
    private readonly Lock _lock = new();
    private string _what = "";
    private long _started;
    private long _bytes;
    private long _bytesRead;
    private int _tasks;
    private int _tasksReady;

    /// <summary>When the restore under way began; <see langword="null"/> = there is none.</summary>
    public DateTimeOffset? Since { get; private set; }

    /// <summary>How long the last restore took, or has taken so far.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_started);

    /// <summary>What is restored.</summary>
    public string What => _what;

    /// <summary>Bytes of all parts.</summary>
    public long Bytes => _bytes;

    /// <summary>Parts are about to be read.</summary>
    public void Begin(string what, long bytes)
    {
        lock (_lock)
        {
            (_what, _bytes, _bytesRead, _tasks, _tasksReady) = (what, bytes, 0, 0, 0);
            (Since, _started) = (time.GetUtcNow(), time.GetTimestamp());
        }
    }

    public void OnPartRead(long bytes)
    {
        lock (_lock)
        {
            _bytesRead += bytes;
        }
    }

    /// <summary>Tasks have begun, or have taken what is theirs.</summary>
    public void OnTasks(int tasks, int ready)
    {
        lock (_lock)
        {
            (_tasks, _tasksReady) = (tasks, ready);
        }
    }

    /// <summary>The job runs, or does not.</summary>
    public void End() => Since = null;

    public override string ToString()
    {
        lock (_lock)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{_bytesRead / 1e6:F1} of {_bytes / 1e6:F1} MB read, "
                    + $"{(_tasks == 0 ? "no tasks yet" : $"{_tasksReady} of {_tasks} tasks ready")}"
            );
        }
    }
}
