using Millrace.Functions.Tests.RealHost;

namespace Millrace.Benchmarks.FunctionsHost;

/// <summary>What happens to an app while it works, and which host answers afterwards.</summary>
/// <param name="Name">In words.</param>
/// <param name="StrikeAsync">Strikes one host of an app; new hosts are added to the list, which is disposed of at the end.</param>
internal sealed record HostFault(string Name, Func<HostSetup, List<HostProcess>, Task> StrikeAsync)
{
    public static HostFault None { get; } = new("nothing", static (_, _) => Task.CompletedTask);

    public static IReadOnlyList<HostFault> All { get; } =
    [
        None,
        new(
            "kill -9 of the worker",
            static (_, hosts) =>
            {
                hosts[^1].KillWorker();
                return Task.CompletedTask;
            }
        ),
        new(
            "kill -9 of host and worker, another starts",
            static async (setup, hosts) =>
            {
                hosts[^1].KillHost();
                hosts[^1].KillWorker();
                hosts.Add(await HostProcess.StartAsync(setup));
            }
        ),
        new(
            "kill -9 of the host, its worker is left, another starts",
            static async (setup, hosts) =>
            {
                hosts[^1].KillHost();
                hosts.Add(await HostProcess.StartAsync(setup));
            }
        ),
        new(
            "a second host, then SIGTERM of the first",
            static async (setup, hosts) =>
            {
                hosts.Add(await HostProcess.StartAsync(setup));
                await hosts[0].DrainAsync();
            }
        ),
    ];
}
