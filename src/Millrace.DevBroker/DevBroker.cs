using Millrace.DevBroker.Hosting;

namespace Millrace.DevBroker;

/// <summary>
/// A broker of one node that speaks Kafka's protocol, for development and tests. It starts within the process; any number of them run side
/// by side.
/// <code>
/// await using var broker = await DevBroker.StartAsync(new DevBrokerOptions { Topics = { ["orders"] = 4 } });
/// var config = new ProducerConfig { BootstrapServers = broker.BootstrapServers };
/// </code>
/// </summary>
public sealed class DevBroker : IAsyncDisposable
{
    private readonly BrokerRuntime _runtime;

    private DevBroker(BrokerRuntime runtime) => _runtime = runtime;

    /// <summary>What clients are configured with: host and port.</summary>
    public string BootstrapServers => _runtime.Services.Node.Address;

    /// <summary>The port that the broker listens on.</summary>
    public int Port => _runtime.Services.Node.Port;

    /// <summary>Breaks the broker on purpose.</summary>
    public DevBrokerFaults Faults => _runtime.Services.Faults;

    /// <summary>Starts a broker; when the task completes it takes requests.</summary>
    /// <exception cref="ArgumentException">An option is out of its bounds; the message names all that are.</exception>
    public static async Task<DevBroker> StartAsync(DevBrokerOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new DevBrokerOptions();
        OptionsValidation.Check(options);
        return new DevBroker(await BrokerRuntime.StartAsync(options, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Stops listening, ends all connections and closes the logs.</summary>
    public ValueTask DisposeAsync() => _runtime.DisposeAsync();
}
