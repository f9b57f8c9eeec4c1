namespace Millrace.Windows;

/// <summary>A finite group of records. Windows are values: two equal windows are the same window.</summary>
public interface IWindow
{
    /// <summary>The highest timestamp that belongs to the window, in milliseconds since the Unix epoch.</summary>
    long MaxTimestamp { get; }
}
