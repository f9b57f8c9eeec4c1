namespace Millrace.Runtime;

/// <summary>Where the source tasks of a run tell each other how far they are, for watermark alignment (FLIP-182). Thread-safe.</summary>
internal sealed class WatermarkAlignmentGroups
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Dictionary<TaskId, long>> _groups = new(StringComparer.Ordinal);

    /// <summary>Tells a task's watermark and gets the lowest of the group's tasks that have told theirs.</summary>
    public long Report(string group, TaskId task, long watermark)
    {
        lock (_lock)
        {
            if (!_groups.TryGetValue(group, out Dictionary<TaskId, long>? watermarks))
            {
                _groups.Add(group, watermarks = []);
            }

            watermarks[task] = watermark;
            return watermarks.Values.Min();
        }
    }
}
