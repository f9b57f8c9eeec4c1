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
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Runs} seeds, {Steps} events, {Failures.Count} failures");
        foreach (var fault in Enum.GetValues<SimulatedFault>())
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {fault,-28} {_faults.GetValueOrDefault(fault),10}");
        }

        foreach (var (what, times) in _observed)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {what,-28} {times,10}");
        }

        foreach (var failure in Failures)
        {
            text.Append(failure);
        }

        return text.ToString();
    }

    internal void Add(SimulationResult result)
    {
        Runs++;
        Steps += result.Steps;
        foreach (var fault in result.Faults)
        {
            _faults[fault.Fault] = _faults.GetValueOrDefault(fault.Fault) + 1;
        }

        foreach (var (what, times) in result.Observed)
        {
            _observed[what] = _observed.GetValueOrDefault(what) + times;
        }

        if (!result.Passed)
        {
            _failures.Add(result);
        }
    }
}
