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

/// <summary>Puts records of one type into windows. Instances are shared by tasks and must not have state.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
/// <typeparam name="TWindow">Type of the windows.</typeparam>
public abstract class WindowAssigner<T, TWindow> : WindowAssigner<TWindow>
    where TWindow : struct, IWindow
{
    /// <summary>Adds the windows of a record.</summary>
    /// <param name="value">The record.</param>
    /// <param name="timestamp">Its event timestamp.</param>
    /// <param name="processingTime">Now, in processing time.</param>
    /// <param name="windows">Receives the windows.</param>
    public abstract void AssignWindows(T value, long timestamp, long processingTime, ICollection<TWindow> windows);

    /// <inheritdoc/>
    public override string ToString() => GetType().Name.Split('`')[0];

    internal override WindowAssigner<TOther, TWindow> Bind<TOther>() =>
        this as WindowAssigner<TOther, TWindow>
        ?? throw new InvalidOperationException(
            $"Window assigner {GetType().Name} is for records of type {typeof(T)}, but the stream has {typeof(TOther)}; use an assigner of "
                + "that type."
        );
}
