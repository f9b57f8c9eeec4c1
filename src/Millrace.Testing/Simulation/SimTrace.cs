using System.Globalization;

namespace Millrace.Testing.Simulation;

/// <summary>What happened, line by line; kept only where somebody will read it.</summary>
internal sealed class SimTrace(bool isKept, SimScheduler scheduler)
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    public bool IsKept => isKept;

    /// <summary>A calm system repeats itself; what it does after this time tells nothing more.</summary>
    public long Until { get; set; } = long.MaxValue;

    public void Add(SimProcess? process, string what)
    {
        if (isKept && scheduler.Now <= Until)
        {
            _lines.Add(string.Format(CultureInfo.InvariantCulture, "{0,8} {1,-4} {2}", scheduler.Now, process?.Name ?? "-", what));
        }
    }
}
