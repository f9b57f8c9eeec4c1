using System.ComponentModel.Design;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.DevBroker;
using Millrace.Durable.Apps;
using Millrace.Durable.Hosting;
using Millrace.Durable.Protocol;
using Millrace.Functions;
using Millrace.Functions.Configuration;
using Millrace.Functions.Jobs;
using Millrace.Functions.Tasks;
using Millrace.Functions.Tests.Runner;
using Millrace.Graph;
using Millrace.Tests.Durable;

namespace Millrace.Benchmarks.Functions;

/// <summary>One worker process of the function app: its own functions, with ledgers, messages and entity states in memory.</summary>
internal sealed class Worker : IAsyncDisposable
{
    // Only asked where the partitions begin: what triggers deliver is made here.
    private readonly global::Millrace.DevBroker.DevBroker _broker;
    private readonly JobRegistry _registry;
    private readonly MemoryClient _client;
    private readonly SourceFunctionEntry _entry;
    private readonly SourceFunction _source;
    private readonly TaskFunction _task;
    private readonly DurableJobHost _host;
    private readonly int _partitions;

    private Worker(global::Millrace.DevBroker.DevBroker broker, JobRegistry registry, DurableJobHost host, int partitions)
    {
        _broker = broker;
        _registry = registry;
        _host = host;
        _partitions = partitions;
        _client = new MemoryClient(Entities);
        _entry = registry.Catalog.SourceFunctions[0];
        _source = new SourceFunction(registry);
        _task = new TaskFunction(registry);
    }

    public MemoryEntities Entities { get; } = new();

    public long LedgerTransactions => _host.Job.Ledgers.Writes;

    public static async Task<Worker> StartAsync(IStreamJob job, int partitions)
    {
        global::Millrace.DevBroker.DevBroker broker = await global::Millrace.DevBroker.DevBroker.StartAsync(
            new DevBrokerOptions { Topics = { [FunctionsBenchmark.Topic] = partitions } }
        );
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("KafkaBrokers", broker.BootstrapServers)])
            .Build();
        List<string> errors = [];
        MillraceJobs jobs = new();
        jobs.Add(job);
        MillraceOptions options = MillraceOptions.Read(configuration, errors);
        JobCatalog catalog = JobCatalog.Create(jobs, options, configuration, new ServiceContainer(), errors);
        if (errors.Count > 0)
        {
            throw new MillraceConfigurationException(errors);
        }

        JobRegistry registry = new(
            catalog,
            new InMemoryObjectStore(),
            new MemoryLedgerStore(),
            options,
            TimeProvider.System,
            NullLoggerFactory.Instance
        );
        DurableJobHost host = await registry.OpenAsync(catalog.Jobs[0], CancellationToken.None);
        return new Worker(broker, registry, host, partitions);
    }

    /// <summary>What the trigger calls.</summary>
    public Task DeliverAsync(KafkaRecord[] batch) =>
        _source.RunAsync(batch, _client, new RunnerFunctionContext(_entry.FunctionName, CancellationToken.None));

    /// <summary>What the entity trigger calls, until no message is left.</summary>
    public Task RunEntitiesAsync() => Entities.RunAsync(_task);

    /// <summary>Tells the tasks how far the partitions are.</summary>
    public async Task TickAsync()
    {
        Stage source = _host.Plan.Sources[0];
        PartitionStatus[] statuses = new PartitionStatus[_partitions];
        for (int i = 0; i < statuses.Length; i++)
        {
            statuses[i] = new PartitionStatus(
                source.Uid,
                i,
                (await _host.Job.Ledgers.ReadAsync(_host.Job.LedgerOf(source, i), CancellationToken.None)).State,
                LastRecord: -1
            );
        }

        await _host.Ticker.TellAsync(
            source,
            statuses,
            [.. statuses.Select(status => status.Ledger!.Watermark)],
            freezeNumber: 0,
            new EntityTasks(new TaskEntityClient(_client), _registry, _host),
            CancellationToken.None
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _registry.DisposeAsync();
        await _broker.DisposeAsync();
    }
}
