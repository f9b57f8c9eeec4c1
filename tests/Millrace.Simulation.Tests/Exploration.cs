using System.Globalization;
using System.Text;
using Millrace.Testing.Simulation;

namespace Millrace.Simulation.Tests;

/// <summary>Runs a range of seeds and sums up what they met.</summary>
internal sealed class Exploration
{
    private readonly SortedDictionary<string, int> _observed = new(StringComparer.Ordinal);
    private readonly int[] _faults = new int[Enum.GetValues<SimulatedFault>().Length];

    public List<SimulationResult> Failures { get; } = [];

    public int Runs { get; private set; }

    public long Steps { get; private set; }

    public static int Seeds(int standard) =>
        int.Parse(Environment.GetEnvironmentVariable("MILLRACE_SIMULATION_SEEDS") ?? standard.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    public int CountOf(SimulatedFault fault) => _faults[(int)fault];

    public int CountOf(string observation) => _observed.GetValueOrDefault(observation);

    public Exploration Run(ulong first, int count, int maxFailures, Func<ulong, SimulationOptions> options)
    {
        for (var seed = first; seed < first + (ulong)count && Failures.Count < maxFailures; seed++)
        {
            var result = Simulator.Run(options(seed));
            Runs++;
            Steps += result.Steps;
            foreach (var fault in result.Faults)
            {
                _faults[(int)fault.Fault]++;
            }

            foreach (var (what, times) in result.Observed)
            {
                _observed[what] = _observed.GetValueOrDefault(what) + times;
            }

            if (!result.Passed)
            {
                Failures.Add(result);
            }
        }

        return this;
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Runs} seeds, {Steps} events, {Failures.Count} failures");
        foreach (var fault in Enum.GetValues<SimulatedFault>())
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {fault,-24} {CountOf(fault),8}");
        }

        foreach (var (what, times) in _observed)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {what,-32} {times,8}");
        }

        foreach (var failure in Failures)
        {
            text.Append(failure);
        }

        return text.ToString();
    }
}
