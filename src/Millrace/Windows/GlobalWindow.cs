namespace Millrace.Windows;

/// <summary>The one window that holds everything.</summary>
public readonly record struct GlobalWindow : IWindow
{
    /// <inheritdoc/>
    public long MaxTimestamp => long.MaxValue;
}
