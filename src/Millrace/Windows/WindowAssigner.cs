namespace Millrace.Windows;

/// <summary>
/// Says which windows a record belongs to (Flink's <c>WindowAssigner</c>). A spec: immutable, made by factories such as
/// <c>TumblingEventTimeWindows.Of(...)</c>. Derive own assigners from
/// <see cref="WindowAssigner{T, TWindow}"/>.</summary>
/// <typeparam name="TWindow">Type of the windows.</typeparam>
public abstract class WindowAssigner<TWindow>
    where TWindow : struct, IWindow
{
    private protected WindowAssigner() { }

    /// <summary>Whether windows follow event time rather than processing time.</summary>
    public abstract bool IsEventTime { get; }

    /// <summary>The trigger that fires when none is set.</summary>
    public abstract Trigger DefaultTrigger { get; }

    /// <summary>What the windows are, for the description of a job.</summary>
    public abstract override string ToString();

    /// <summary>Whether overlapping windows of a key are merged into one (sessions).</summary>
    internal virtual bool IsMerging => false;

    /// <summary>The assigner for records of one type.</summary>
    internal abstract WindowAssigner<T, TWindow> Bind<T>();
}
