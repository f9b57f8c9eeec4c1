using System.CommandLine;
using System.Globalization;
using Millrace.Embedded.Cli;
using Millrace.Testing.Simulation;

namespace Millrace.Embedded.Commands;

/// <summary>Runs the function app's protocol under injected faults, many seeds, and prints what failed.</summary>
internal sealed class SimulateCommand : ICliCommand
{
    private const int ReportEvery = 1000;

    private readonly Option<int> _seeds = new("--seeds") { Description = "How many seeds to run.", DefaultValueFactory = static _ => 1000 };

    private readonly Option<ulong> _first = new("--first-seed")
    {
        Description = "The first seed; a seed decides everything, so a failing one can be run again alone.",
        DefaultValueFactory = static _ => 0,
    };

    private readonly Option<double> _intensity = new("--intensity")
    {
        Description = "How often faults happen, 0 to 20; 1 is the default rate.",
        DefaultValueFactory = static _ => 1,
    };

    public Command Create(CliConsole console)
    {
        Command command = new(
            "simulate",
            "Simulate the ledger protocol with crashes, zombies, lost and doubled messages; prints a failing seed's minimal trace."
        );
        command.Add(_seeds.From(1, int.MaxValue));
        command.Add(_first.From(0UL, ulong.MaxValue));
        command.Add(_intensity.From(0, 20));
        command.SetAction((parsed, cancellationToken) => RunAsync(console, parsed, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(CliConsole console, ParseResult parsed, CancellationToken cancellationToken)
    {
        int seeds = parsed.GetValue(_seeds);
        int done = 0;
        SimulationReport report = await Task.Run(
            () =>
                Simulator.Explore(
                    new SimulationOptions { Seed = parsed.GetValue(_first), Intensity = parsed.GetValue(_intensity) },
                    seeds,
                    maxFailures: 1,
                    _ =>
                    {
                        if (++done % ReportEvery == 0)
                        {
                            console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{done} of {seeds} seeds"));
                        }
                    },
                    cancellationToken
                ),
            CancellationToken.None
        );
        await console.Out.WriteLineAsync(report.ToString());
        return report.Failures.Count == 0 ? CliApplication.Success : 1;
    }
}
