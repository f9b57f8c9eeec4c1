using System.Globalization;
using System.Text;

namespace Millrace.Testing.Simulation;

/// <summary>What a range of seeds met: how often each fault happened, what it led to, and the runs that failed.</summary>
public sealed class SimulationReport
{
    private readonly SortedDictionary<string, long> _observed = new(StringComparer.Ordinal);
    private readonly SortedDictionary<SimulatedFault, long> _faults = [];
    private readonly List<SimulationResult> _failures = [];

    /// <summary>The number of seeds that were run.</summary>
    public int Runs { get; private set; }

    /// <summary>The number of events in all runs.</summary>
    public long Steps { get; private set; }

    /// <summary>The runs that failed, with their fewest faults and their traces.</summary>
    public IReadOnlyList<SimulationResult> Failures => _failures;

    /// <summary>How often each kind of fault happened.</summary>
    public IReadOnlyDictionary<SimulatedFault, long> Faults => _faults;

    /// <summary>How often the faults led to what the protocol is there for: zombies at work, read-backs, repairs and the like.</summary>
    public IReadOnlyDictionary<string, long> Observed => _observed;

    /// <summary>The counts, then the failures.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Runs} seeds, {Steps} events, {Failures.Count} failures");
        foreach (SimulatedFault fault in Enum.GetValues<SimulatedFault>())
        {
            text.AppendFormat(CultureInfo.InvariantCulture, "  {0,-28} {1,10}", fault, _faults.GetValueOrDefault(fault)).AppendLine();
        }

        foreach ((string what, long times) in _observed)
        {
            text.AppendFormat(CultureInfo.InvariantCulture, "  {0,-28} {1,10}", what, times).AppendLine();
        }

        foreach (SimulationResult failure in Failures)
        {
            text.Append(failure);
        }

        return text.ToString();
    }

    internal void Add(SimulationResult result)
    {
        Runs++;
        Steps += result.Steps;
        foreach (InjectedFault fault in result.Faults)
        {
            _faults[fault.Fault] = _faults.GetValueOrDefault(fault.Fault) + 1;
        }

        foreach ((string what, int times) in result.Observed)
        {
            _observed[what] = _observed.GetValueOrDefault(what) + times;
        }

        if (!result.Passed)
        {
            _failures.Add(result);
        }
    }
}
