namespace Millrace.Windows;

/// <summary>One window for all records of a key. It never fires unless a trigger is set.</summary>
public sealed class GlobalWindows : WindowAssigner<GlobalWindow>
{
    private GlobalWindows() { }

    /// <inheritdoc/>
    public override bool IsEventTime => false;

    /// <inheritdoc/>
    public override Trigger DefaultTrigger => NeverTrigger.Instance;

    /// <inheritdoc/>
    public override string ToString() => nameof(GlobalWindows);

    /// <summary>The assigner.</summary>
    public static GlobalWindows Create() => new();

    internal override WindowAssigner<T, GlobalWindow> Bind<T>() => new Bound<T>();

    private sealed class Bound<T> : WindowAssigner<T, GlobalWindow>
    {
        public override bool IsEventTime => false;

        public override Trigger DefaultTrigger => NeverTrigger.Instance;

        public override void AssignWindows(T value, long timestamp, long processingTime, ICollection<GlobalWindow> windows) =>
            windows.Add(default);
    }
}

/// <summary>The one window that holds everything.</summary>
public readonly record struct GlobalWindow : IWindow
{
    /// <inheritdoc/>
    public long MaxTimestamp => long.MaxValue;
}
