using Millrace.Functions.Tests.RealHost;

namespace Millrace.Benchmarks.FunctionsHost;

/// <summary>What happens to an app while it works.</summary>
/// <param name="Name">In words.</param>
/// <param name="StrikeAsync">Strikes.</param>
internal sealed record HostFault(string Name, Func<FaultScene, Task> StrikeAsync)
{
    private const string Source = "source-access-log";
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(20);
    private static readonly string[] Entities = ["durable", "timer"];

    /// <summary>Starts the app's hosts.</summary>
    public Func<FaultScene, Task> StartAsync { get; private init; } = static scene => scene.StartHostAsync();

    public static IReadOnlyList<HostFault> All { get; } =
    [
        new("nothing", static _ => Task.CompletedTask),
        new(
            "kill -9 of the worker",
            static scene =>
            {
                scene.Hosts[^1].KillWorker();
                return Task.CompletedTask;
            }
        ),
        new("kill -9 of host and worker, another starts", static scene => ReplaceAsync(scene, scene.Hosts[^1])),
        new(
            "kill -9 of the host, its worker is left, another starts",
            static async scene =>
            {
                scene.Hosts[^1].KillHost();
                await scene.StartHostAsync();
            }
        ),
        new(
            "a second host, then SIGTERM of the first",
            static async scene =>
            {
                await scene.StartHostAsync();
                await scene.Hosts[0].DrainAsync();
            }
        ),
        new("rolling update: two hosts with other settings, one by one", RollAsync) { StartAsync = StartTwoAsync },
        new(
            "host and worker stand still (SIGSTOP), another starts, they go on after 20 s",
            static async scene =>
            {
                HostProcess zombie = scene.Hosts[^1];
                zombie.Pause();
                await scene.StartHostAsync();
                await Task.Delay(Outage, TimeProvider.System);
                zombie.Continue();
            }
        ),
        new("storage is away for 20 s", static scene => scene.TakeStorageAwayAsync(Outage)),
        new("the broker is away for 20 s", static scene => scene.TakeBrokerAwayAsync(Outage)),
        new(
            "each function apart, kill -9 of the source's host and worker, another starts",
            static scene => ReplaceAsync(scene, scene.Hosts[^1], Source)
        )
        {
            StartAsync = StartApartAsync,
        },
        new(
            "each function apart, kill -9 of the entities' host and worker, another starts",
            static scene => ReplaceAsync(scene, scene.Hosts[1], Entities)
        )
        {
            StartAsync = StartApartAsync,
        },
    ];

    private static async Task ReplaceAsync(FaultScene scene, HostProcess host, params string[] groups)
    {
        host.KillHost();
        host.KillWorker();
        await scene.StartHostAsync(groups);
    }

    private static async Task StartApartAsync(FaultScene scene)
    {
        await scene.StartHostAsync("http");
        await scene.StartHostAsync(Entities);
        await scene.StartHostAsync(Source);
    }

    private static async Task StartTwoAsync(FaultScene scene)
    {
        await scene.StartHostAsync();
        await scene.StartHostAsync();
    }

    private static async Task RollAsync(FaultScene scene)
    {
        scene.Setup.Settings["Millrace:TickSchedule"] = "*/2 * * * * *";
        scene.Setup.Settings["Millrace:MaxPendingOutputBytes"] = "8388608";
        for (int old = 0; old < 2; old++)
        {
            await scene.StartHostAsync();
            await scene.Hosts[old].DrainAsync();
        }
    }
}
