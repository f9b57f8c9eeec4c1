namespace Millrace.Samples.Logs;

/// <summary>Everything about one window: accumulator over the paths' statistics, in place.</summary>
public sealed class LogTotals
{
    /// <summary>All requests.</summary>
    public RequestStatistics All { get; set; } = new();

    /// <summary>Number of different paths.</summary>
    public int Paths { get; set; }

    /// <summary>The paths most asked for, sorted; as many as are reported.</summary>
    public List<TopPath> Top { get; set; } = [];
}
