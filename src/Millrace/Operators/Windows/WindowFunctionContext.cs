using Millrace.State;
using Millrace.StateBackends;
using Millrace.UserFunctions;
using Millrace.Windows;

namespace Millrace.Operators.Windows;

/// <summary>The context of window functions; one object, set anew for each window.</summary>
internal sealed class WindowFunctionContext<TKey, TWindow>(
    InternalTimerService<TKey, TWindow> timers,
    IKeyedStateStore global,
    KeyedStateStore<TKey, TWindow>? perWindow,
    SideOutputs sideOutputs
) : IProcessWindowContext<TWindow>
    where TKey : notnull
    where TWindow : struct, IWindow
{
    private readonly SideOutputCache _sideOutputs = new(sideOutputs);
    private TWindow _window;

    public TWindow Window
    {
        get => _window;
        set
        {
            _window = value;
            if (perWindow is not null)
            {
                perWindow.Namespace = value;
            }
        }
    }

    public long CurrentProcessingTime => timers.CurrentProcessingTime;

    public long CurrentWatermark => timers.CurrentWatermark;

    public IKeyedStateStore WindowState =>
        perWindow
        ?? throw new NotSupportedException(
            "Per-window state is not available with merging windows (sessions), because it could not be merged; use GlobalState."
        );

    public IKeyedStateStore GlobalState => global;

    public void Output<T>(OutputTag<T> tag, T value) => _sideOutputs.Emit(tag, value, _window.MaxTimestamp);
}
