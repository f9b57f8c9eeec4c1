using System.Runtime.CompilerServices;
using Millrace.StateBackends;
using Millrace.Windows;

namespace Millrace.Operators.Windows;

/// <summary>
/// The sessions of the current key (Flink's <c>MergingWindowSet</c>). Contents stay under the window that they were first kept under, so
/// that a session that grows moves nothing. Sessions of a key never touch each other, so a new window can only merge with those that it
/// touches itself.
/// </summary>
internal sealed class MergingWindowSet<TKey>(StateTable<TKey, VoidNamespace, List<WindowPair<TimeWindow>>> table)
    where TKey : notnull
{
    private readonly List<TimeWindow> _merged = [];
    private readonly List<TimeWindow> _mergedStates = [];

    /// <summary>The windows that the last <see cref="Add"/> merged.</summary>
    public List<TimeWindow> Merged => _merged;

    /// <summary>State windows whose contents have to go into the one of the result.</summary>
    public List<TimeWindow> MergedStates => _mergedStates;

    /// <summary>Adds a window of the current key.</summary>
    /// <param name="window">The window of a record.</param>
    /// <param name="stateWindow">Where the contents of the result are kept.</param>
    /// <param name="changed">Whether windows were merged into a new one.</param>
    /// <returns>The session that the record belongs to.</returns>
    public TimeWindow Add(TimeWindow window, out TimeWindow stateWindow, out bool changed)
    {
        List<WindowPair<TimeWindow>> sessions = table.GetOrAdd(default, out _) ??= [];
        _merged.Clear();
        _mergedStates.Clear();
        TimeWindow result = window;
        stateWindow = window;
        for (int i = 0; i < sessions.Count; i++)
        {
            WindowPair<TimeWindow> session = sessions[i];
            if (!session.Window.Intersects(window))
            {
                continue;
            }

            if (_merged.Count == 0)
            {
                stateWindow = session.StateWindow;
            }
            else
            {
                _mergedStates.Add(session.StateWindow);
            }

            _merged.Add(session.Window);
            result = result.Cover(session.Window);
        }

        changed = _merged.Count > 1 || (_merged.Count == 1 && _merged[0] != result);
        if (_merged.Count == 0 || changed)
        {
            for (int i = sessions.Count - 1; i >= 0 && changed; i--)
            {
                if (_merged.Contains(sessions[i].Window))
                {
                    sessions.RemoveAt(i);
                }
            }

            sessions.Add(new WindowPair<TimeWindow>(result, stateWindow));
        }

        return result;
    }

    /// <summary>Where the contents of a session are kept; <see langword="false"/> when there is no such session any more.</summary>
    public bool TryGetStateWindow(TimeWindow window, out TimeWindow stateWindow)
    {
        ref readonly List<WindowPair<TimeWindow>> sessions = ref table.Peek(default);
        int index = Unsafe.IsNullRef(in sessions) ? -1 : IndexOf(sessions, window);
        stateWindow = index < 0 ? default : sessions[index].StateWindow;
        return index >= 0;
    }

    public void Retire(TimeWindow window)
    {
        ref List<WindowPair<TimeWindow>> sessions = ref table.Find(default);
        int index = Unsafe.IsNullRef(ref sessions) ? -1 : IndexOf(sessions, window);
        if (index < 0)
        {
            return;
        }

        sessions.RemoveAt(index);
        if (sessions.Count == 0)
        {
            table.Remove(default);
        }
    }

    private static int IndexOf(List<WindowPair<TimeWindow>> sessions, TimeWindow window)
    {
        for (int i = 0; i < sessions.Count; i++)
        {
            if (sessions[i].Window == window)
            {
                return i;
            }
        }

        return -1;
    }
}

/// <summary>A merged window and the window under which its contents are kept.</summary>
internal readonly record struct WindowPair<TWindow>(TWindow Window, TWindow StateWindow);
