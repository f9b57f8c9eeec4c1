namespace Millrace.Embedded.Views;

/// <summary>The last lines of something; any thread may add.</summary>
/// <param name="capacity">How many are kept.</param>
internal sealed class RecentLines(int capacity)
{
    private readonly Queue<string> _lines = new(capacity);
    private readonly Lock _lock = new();

    public void Add(string line)
    {
        lock (_lock)
        {
            if (_lines.Count == capacity)
            {
                _lines.Dequeue();
            }

            _lines.Enqueue(line);
        }
    }

    /// <summary>The lines, the oldest first.</summary>
    public IReadOnlyList<string> Snapshot()
    {
        lock (_lock)
        {
            return [.. _lines];
        }
    }

    /// <summary>The lines since the last call, the oldest first.</summary>
    public IReadOnlyList<string> Drain()
    {
        lock (_lock)
        {
            string[] lines = [.. _lines];
            _lines.Clear();
            return lines;
        }
    }
}
