namespace Millrace.Windows;

/// <summary>Says which windows a record belongs to (Flink's <c>WindowAssigner</c>). Immutable.</summary>
/// <typeparam name="TWindow">Type of the windows.</typeparam>
public abstract class WindowAssigner<TWindow>
{
    private protected WindowAssigner()
    {
    }

    /// <summary>Whether windows follow event time; otherwise processing time.</summary>
    public abstract bool IsEventTime { get; }

    /// <summary>What the windows are, for the description of a job.</summary>
    public abstract override string ToString();
}
