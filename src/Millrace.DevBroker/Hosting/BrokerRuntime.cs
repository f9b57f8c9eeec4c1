using System.Net;
using Microsoft.Extensions.Logging;
using Millrace.DevBroker.Groups;
using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Journals;
using Millrace.DevBroker.Network;
using Millrace.DevBroker.Storage;
using Millrace.DevBroker.Topics;
using Millrace.DevBroker.Transactions;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Hosting;

/// <summary>Puts the parts of a broker together, and takes them apart in the opposite order.</summary>
internal sealed class BrokerRuntime : IAsyncDisposable
{
    /// <summary>Open segment files; further ones are closed and opened again in turn.</summary>
    private const int MaxOpenFiles = 256;

    private readonly Stack<IAsyncDisposable> _parts;

    private BrokerRuntime(BrokerServices services, Stack<IAsyncDisposable> parts)
    {
        Services = services;
        _parts = parts;
    }

    public BrokerServices Services { get; }

    public static async Task<BrokerRuntime> StartAsync(DevBrokerOptions options, CancellationToken cancellationToken)
    {
        Stack<IAsyncDisposable> parts = new();
        try
        {
            DevBrokerFaults faults = new() { TopicVisibilityDelay = VisibilityVariable.DelayOf(options) };
            if (options.Directory is not null)
            {
                parts.Push(DirectoryLock.Take(options.Directory));
            }

            FileHandles handles = new(MaxOpenFiles);
            parts.Push(new Disposing(handles));
            IJournalStore journals = OpenJournals(options);
            parts.Push(journals);
            TopicStore topics = new(options, faults, handles, journals);
            parts.Push(topics);
            await topics.LoadAsync(cancellationToken).ConfigureAwait(false);
            BrokerRuntime runtime = new(new BrokerServices(options, topics, journals, faults), parts);
            await runtime.ComposeAsync(options, cancellationToken).ConfigureAwait(false);
            return runtime;
        }
        catch
        {
            await StopAsync(parts).ConfigureAwait(false);
            throw;
        }
    }

    public ValueTask DisposeAsync() => StopAsync(_parts);

    private static async ValueTask StopAsync(Stack<IAsyncDisposable> parts)
    {
        while (parts.TryPop(out IAsyncDisposable? part))
        {
            await part.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static IJournalStore OpenJournals(DevBrokerOptions options) =>
        options.Directory is null
            ? new MemoryJournalStore()
            : new FileJournalStore(
                Path.Combine(options.Directory, "journals"),
                options.Fsync,
                options.LoggerFactory.CreateLogger<FileJournalStore>()
            );

    private async Task ComposeAsync(DevBrokerOptions options, CancellationToken cancellationToken)
    {
        foreach ((string name, int partitions) in options.Topics)
        {
            ErrorCode error = await Services
                .Topics.CreateAsync(name, partitions, atOnce: true, cancellationToken: cancellationToken)
                .ConfigureAwait(false);
            if (error is not (ErrorCode.None or ErrorCode.TopicAlreadyExists))
            {
                throw new InvalidOperationException($"Topic '{name}' could not be created: {error}.");
            }
        }

        ApiRegistry registry = new();
        CoreModule.Register(registry, Services);
        GroupCoordinator groups = GroupsModule.Register(registry, Services);
        _parts.Push(groups);
        _parts.Push(TransactionsModule.Register(registry, Services, groups));

        LogCleaner cleaner = new(options, Services.Topics);
        _parts.Push(cleaner);
        BrokerServer server = new(options, registry, Services.Faults);
        _parts.Push(server);
        server.Bind();
        Services.Node = new BrokerNode(options.NodeId, HostFor(options), server.Port);
        Services.Faults.DropConnections = server.DropConnections;
        Services.Faults.Truncate = Services.Topics.Truncate;
        server.Start();
        cleaner.Start();
        Log.Listening(options.LoggerFactory.CreateLogger<DevBroker>(), Services.Node.Address);
    }

    private static string HostFor(DevBrokerOptions options)
    {
        if (options.AdvertisedHost is { } host)
        {
            return host;
        }

        if (options.ListenAddress.Equals(IPAddress.Any))
        {
            return IPAddress.Loopback.ToString();
        }

        return options.ListenAddress.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback.ToString() : options.ListenAddress.ToString();
    }

    private sealed class Disposing(IDisposable part) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            part.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
