using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Checkpoints;
using Millrace.Durable.Hosting;
using Millrace.Functions;
using Millrace.Functions.Configuration;
using Millrace.Functions.Jobs;
using Millrace.Functions.Tasks;
using Millrace.Functions.Tests.Runner;
using Millrace.Graph;
using Millrace.Ledger;

namespace Millrace.Benchmarks.Functions;

/// <summary>One worker process of the function app: its own functions, with ledgers, messages and entity states in memory.</summary>
internal sealed class Worker : IAsyncDisposable
{
    private readonly JobRegistry _registry;
    private readonly MemoryClient _client;
    private readonly SourceFunctionEntry _entry;
    private readonly SourceFunction _source;
    private readonly TaskFunction _task;
    private readonly DurableJobHost _host;
    private readonly int _partitions;

    private Worker(JobRegistry registry, DurableJobHost host, int partitions)
    {
        _registry = registry;
        _host = host;
        _partitions = partitions;
        _client = new MemoryClient(Entities);
        _entry = registry.Catalog.SourceFunctions[0];
        _source = new SourceFunction(registry);
        _task = new TaskFunction(registry, TimeProvider.System);
    }

    public MemoryEntities Entities { get; } = new();

    public long LedgerWrites => _host.Ledgers.Writes;

    public static async Task<Worker> StartAsync(TotalsJob job, int partitions)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([new("KafkaBrokers", "localhost:1")]).Build();
        List<string> errors = [];
        MillraceJobs jobs = new();
        jobs.Add(job);
        MillraceOptions options = MillraceOptions.Read(configuration, errors);
        JobCatalog catalog = JobCatalog.Create(jobs, options, configuration, errors);
        if (errors.Count > 0)
        {
            throw new MillraceConfigurationException(errors);
        }

        JobRegistry registry = new(catalog, new InMemoryObjectStore(), options, TimeProvider.System, NullLoggerFactory.Instance);
        DurableJobHost host = await registry.OpenAsync(catalog.Jobs[0], CancellationToken.None);
        for (int partition = 0; partition < partitions; partition++)
        {
            // With a ledger nobody asks the broker, which is not there, where the partition starts.
            await host.Ledgers.WriteAsync(
                host.LedgerOf(host.Plan.Sources[0], partition),
                LedgerState.Initial(0),
                etag: null,
                CancellationToken.None
            );
        }

        return new Worker(registry, host, partitions);
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
                (await _host.Ledgers.ReadAsync(_host.LedgerOf(source, i), CancellationToken.None)).State,
                LastRecord: -1
            );
        }

        await _host.Ticker.TellAsync(
            source,
            statuses,
            [.. statuses.Select(status => status.Ledger!.Watermark)],
            freezeNumber: 0,
            new ClientTasks(_client, _registry, _entry.Job, _host),
            CancellationToken.None
        );
    }

    public ValueTask DisposeAsync() => _registry.DisposeAsync();
}
