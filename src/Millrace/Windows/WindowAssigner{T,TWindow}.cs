namespace Millrace.Windows;

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
