using System.Net;
using Microsoft.Extensions.Logging;
using Millrace.DevBroker.Groups;
using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Journals;
using Millrace.DevBroker.Network;
using Millrace.DevBroker.Topics;
using Millrace.DevBroker.Transactions;

namespace Millrace.DevBroker.Hosting;

/// <summary>Puts the parts of a broker together, and takes them apart in the opposite order.</summary>
internal sealed class BrokerRuntime : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _parts = new();

    private BrokerRuntime(BrokerServices services) => Services = services;

    public BrokerServices Services { get; }

    public static async Task<BrokerRuntime> StartAsync(DevBrokerOptions options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var journals = new MemoryJournalStore();
        var topics = new TopicStore();
        var runtime = new BrokerRuntime(new BrokerServices(options, topics, journals) { TransactionLog = topics });
        runtime._parts.Push(journals);
        try
        {
            await runtime.StartAsync(options);
            return runtime;
        }
        catch
        {
            await runtime.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part)) await part.DisposeAsync();
    }

    private Task StartAsync(DevBrokerOptions options)
    {
        foreach (var (name, partitions) in options.Topics) Services.Topics.Create(name, partitions);

        var registry = new ApiRegistry();
        CoreModule.Register(registry, Services);
        var groups = GroupsModule.Register(registry, Services);
        _parts.Push(groups);
        _parts.Push(TransactionsModule.Register(registry, Services, groups));

        var server = new BrokerServer(options, registry);
        _parts.Push(server);
        server.Bind();
        Services.Node = new BrokerNode(options.NodeId, HostFor(options), server.Port);
        server.Start();
        Log.Listening(options.LoggerFactory.CreateLogger<DevBroker>(), $"{Services.Node.Host}:{Services.Node.Port}");
        return Task.CompletedTask;
    }

    private static string HostFor(DevBrokerOptions options)
    {
        if (options.AdvertisedHost is { } host) return host;
        if (options.ListenAddress.Equals(IPAddress.Any)) return IPAddress.Loopback.ToString();
        return options.ListenAddress.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback.ToString() : options.ListenAddress.ToString();
    }
}
