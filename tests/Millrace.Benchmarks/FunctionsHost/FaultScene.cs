using System.Text.RegularExpressions;
using Millrace.DevBroker;
using Millrace.Functions.Tests.RealHost;

namespace Millrace.Benchmarks.FunctionsHost;

/// <summary>An app's hosts, and the broker and the storage that they need, each of which can be taken away.</summary>
internal sealed partial class FaultScene : IAsyncDisposable
{
    private readonly DevBrokerOptions _options;
    private readonly string _name;
    private readonly List<TcpRelay> _relays = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("millrace-faults-").FullName;
    private global::Millrace.DevBroker.DevBroker? _broker;

    private FaultScene(DevBrokerOptions options, string name)
    {
        _options = options;
        _name = name;
        _options.Directory = _folder;
    }

    public HostSetup Setup { get; private set; } = null!;

    /// <summary>Every host that was started, the youngest last.</summary>
    public List<HostProcess> Hosts { get; } = [];

    /// <summary>The host that answers HTTP.</summary>
    public HostProcess Front => Hosts.Last(host => host.HasHttp);

    public string Brokers => _broker!.BootstrapServers;

    /// <param name="storage">Connection string of a storage of this machine.</param>
    /// <param name="options">The broker.</param>
    /// <param name="name">Where logs go.</param>
    /// <param name="jobs">What the app runs.</param>
    public static async Task<FaultScene> StartAsync(string storage, DevBrokerOptions options, string name, params string[] jobs)
    {
        FaultScene scene = new(options, name);
        scene._broker = await global::Millrace.DevBroker.DevBroker.StartAsync(options);
        scene._options.Port = int.Parse(scene.Brokers[(scene.Brokers.LastIndexOf(':') + 1)..], null);
        string relayed = Port()
            .Replace(
                storage,
                port =>
                {
                    TcpRelay relay = new(int.Parse(port.ValueSpan, null));
                    scene._relays.Add(relay);
                    return relay.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
                }
            );
        scene.Setup = new HostSetup(relayed, scene.Brokers, jobs);
        return scene;
    }

    public async Task<HostProcess> StartHostAsync(params string[] groups)
    {
        HostProcess host = await HostProcess.StartAsync(Setup, groups);
        Hosts.Add(host);
        return host;
    }

    /// <summary>Nobody reaches the storage for a while.</summary>
    public async Task TakeStorageAwayAsync(TimeSpan time)
    {
        _relays.ForEach(relay => relay.Cut());
        await Task.Delay(time, TimeProvider.System);
        _relays.ForEach(relay => relay.Mend());
    }

    /// <summary>The broker ends, and comes again with what it had.</summary>
    public async Task TakeBrokerAwayAsync(TimeSpan time)
    {
        await _broker!.DisposeAsync();
        await Task.Delay(time, TimeProvider.System);
        _broker = await global::Millrace.DevBroker.DevBroker.StartAsync(_options);
    }

    public async ValueTask DisposeAsync()
    {
        await FunctionsHostBenchmark.EndAsync(Hosts, _name);
        foreach (TcpRelay relay in _relays)
        {
            await relay.DisposeAsync();
        }

        await _broker!.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [GeneratedRegex(@"(?<=://[^/;]+:)\d+", RegexOptions.None, 1000)]
    private static partial Regex Port();
}
