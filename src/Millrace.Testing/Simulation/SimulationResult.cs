using System.Globalization;
using System.Text;

namespace Millrace.Testing.Simulation;

/// <summary>What a simulation found.</summary>
public sealed record SimulationResult
{
    /// <summary>The seed: the same options with it give the same result.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The intensity that the run had.</summary>
    public required double Intensity { get; init; }

    /// <summary>What the run did and was, in one line.</summary>
    public required string Description { get; init; }

    /// <summary>What differs from the undisturbed run; null if nothing does.</summary>
    public string? Failure { get; init; }

    /// <summary>Whether the run had the effects of the undisturbed one.</summary>
    public bool Passed => Failure is null;

    /// <summary>The faults that happened. Of a failure: the fewest found that still lead to one.</summary>
    public required IReadOnlyList<InjectedFault> Faults { get; init; }

    /// <summary>Situations that the faults led to, counted: zombies at work, read-backs, repairs and the like.</summary>
    public required IReadOnlyDictionary<string, int> Observed { get; init; }

    /// <summary>Of a failure: what happened, line by line, with virtual time in milliseconds and the process.</summary>
    public IReadOnlyList<string> Trace { get; init; } = [];

    /// <summary>What the sinks got, in the order of commit.</summary>
    public required IReadOnlyList<SimulatedOutput> Output { get; init; }

    /// <summary>How long the run took in its own time.</summary>
    public required TimeSpan VirtualTime { get; init; }

    /// <summary>The number of events in the run.</summary>
    public required long Steps { get; init; }

    /// <summary>The failure with its faults and the end of its trace.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        text.Append("Seed ")
            .Append(Seed)
            .Append(CultureInfo.InvariantCulture, $", intensity {Intensity}")
            .Append(Passed ? " passed: " : " failed: ")
            .AppendLine(Description);
        if (Passed)
        {
            return text.ToString();
        }

        text.AppendLine(Failure);
        text.Append("Faults: ").AppendJoin(", ", Faults.Select(static fault => $"{fault.Fault}#{fault.Opportunity}")).AppendLine();
        AppendTrace(text);
        return text.ToString();
    }

    /// <summary>What surrounds the faults, and the end.</summary>
    private void AppendTrace(StringBuilder text)
    {
        const int Before = 15,
            After = 40,
            Most = 500;
        bool[] shown = new bool[Trace.Count];
        for (int i = 0; i < Trace.Count; i++)
        {
            if (i >= Trace.Count - After || Trace[i].Contains("FAULT", StringComparison.Ordinal))
            {
                shown.AsSpan(Math.Max(0, i - Before), Math.Min(Trace.Count, i + After) - Math.Max(0, i - Before)).Fill(true);
            }
        }

        (int skipped, int lines) = (0, 0);
        for (int i = 0; i < Trace.Count; i++)
        {
            if (!shown[i] || (lines > Most && i < Trace.Count - After))
            {
                skipped++;
                continue;
            }

            if (skipped > 0)
            {
                text.Append("    ... ").Append(skipped).AppendLine(" lines");
                skipped = 0;
            }

            lines++;
            text.AppendLine(Trace[i]);
        }
    }
}
