using Millrace.Windows;

namespace Millrace.Tests.Windows;

/// <summary>
/// The semantics of event-time windows with the default trigger, written down as simply as possible: all records are kept in lists.
/// </summary>
internal sealed class WindowModel(Func<long, IEnumerable<TimeWindow>> assign, bool merges, long lateness)
{
    private readonly Dictionary<(int Key, TimeWindow Window), List<int>> _windows = [];
    private long _watermark = long.MinValue;

    public List<string> Results { get; } = [];

    public List<int> Late { get; } = [];

    public static string Format(int key, TimeWindow window, IEnumerable<int> values) =>
        $"{key} {window} {string.Join(",", values.Order())}";

    public void Push(int key, int value, long timestamp)
    {
        bool skipped = true;
        foreach (TimeWindow assigned in assign(timestamp))
        {
            List<int> values = [value];
            TimeWindow window = assigned;
            foreach (TimeWindow other in merges ? Touching(key, assigned) : [])
            {
                window = window.Cover(other);
                values.AddRange(_windows[(key, other)]);
                _windows.Remove((key, other));
            }

            if (window.MaxTimestamp + lateness <= _watermark)
            {
                continue;
            }

            skipped = false;
            _windows[(key, window)] = [.. _windows.GetValueOrDefault((key, window), []), .. values];
            if (window.MaxTimestamp <= _watermark)
            {
                Results.Add(Format(key, window, _windows[(key, window)]));
            }
        }

        if (skipped && timestamp + lateness <= _watermark)
        {
            Late.Add(value);
        }
    }

    public void Watermark(long watermark)
    {
        foreach (((int key, TimeWindow window), List<int> values) in _windows.ToArray())
        {
            if (window.MaxTimestamp > _watermark && window.MaxTimestamp <= watermark)
            {
                Results.Add(Format(key, window, values));
            }

            if (window.MaxTimestamp + lateness <= watermark)
            {
                _windows.Remove((key, window));
            }
        }

        _watermark = watermark;
    }

    private List<TimeWindow> Touching(int key, TimeWindow window) =>
        [.. _windows.Keys.Where(entry => entry.Key == key && entry.Window.Intersects(window)).Select(entry => entry.Window)];
}
